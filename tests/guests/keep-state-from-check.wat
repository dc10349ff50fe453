;; Leaves a mark in `check` and says whether it is there when it evaluates. It must say 0.

(global $mark (mut i64) (i64.const 0))

(func $check (result i32)
  (global.set $mark (i64.const 1))
  (call $ok))

(func $evaluate (result i32)
  (call $say_number (global.get $mark)))
