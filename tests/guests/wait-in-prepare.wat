;; Waits for a timer in `prepare`. The binding is refused at once.

(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
(import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))

(func $prepare (result i32)
  (call $block (call $timer (i64.const 1000000000)))
  (call $ok))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
