;; Polls an empty list, which would never end. It ends at once.

(import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))

(func $evaluate (result i32)
  (call $poll (i32.const 1024) (i32.const 0) (i32.const 0))
  (call $decide (i32.const 1)))
