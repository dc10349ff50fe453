;; Attacks nothing: polls a timer that is over and one that never comes, and says the first index that is ready.

(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
(import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))

(func $evaluate (result i32)
  (i32.store (i32.const 1024) (call $timer (i64.const 1000000000)))
  (i32.store (i32.const 1028) (call $timer (i64.const 0)))
  (call $poll (i32.const 1024) (i32.const 2) (i32.const 0))
  (call $say_number (i64.load32_u (i32.load (i32.const 0)))))
