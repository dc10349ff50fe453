;; Asks while it is instantiated, where there is no request yet. Its parameters say which question.

(data (i32.const 1024) "/question")


(func $initialize
  (call $ask (i32.wrap_i64 (call $parameter (i32.const 1024) (i32.const 9))) (i32.const 0) (i32.const 0)))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
