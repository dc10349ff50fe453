;; Polls two timers and nothing else, which is waiting. It ends at once.

(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
(import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))

(func $evaluate (result i32)
  (i32.store (i32.const 1024) (call $timer (i64.const 1)))
  (i32.store (i32.const 1028) (call $timer (i64.const 1000000000)))
  (call $poll (i32.const 1024) (i32.const 2) (i32.const 0))
  (call $decide (i32.const 1)))
