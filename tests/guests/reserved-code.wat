;; Gives a reason whose code looks as if it were the host's own.

(data (i32.const 1024) "lictor:default")

(func $evaluate (result i32)
  (call $because (i32.const 1) (i32.const 1024) (i32.const 14)))
