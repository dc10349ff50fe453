;; Reads the monotonic clock before and after some work, and says all that it read. It stands still at 0.

(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $monotonic (result i64)))

(func $evaluate (result i32)
  (local $seen i64)
  (local $work i32)
  (local.set $seen (call $monotonic))
  (local.set $work (i32.const 100000))
  (loop $again
    (local.set $work (i32.sub (local.get $work) (i32.const 1)))
    (br_if $again (local.get $work)))
  (call $say_number (i64.or (local.get $seen) (call $monotonic))))
