;; Waits for an instant 292 years from now. No policy may wait: it ends at once.

(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-instant" (func $timer (param i64) (result i32)))
(import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))

(func $evaluate (result i32)
  (call $block (call $timer (i64.const 0x7fffffffffffffff)))
  (call $decide (i32.const 1)))
