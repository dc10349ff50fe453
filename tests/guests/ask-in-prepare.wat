;; Asks in `prepare`, where there is no request. Its parameters say which question.

(data (i32.const 1024) "/question")


(func $prepare (result i32)
  (call $ask (i32.wrap_i64 (call $parameter (i32.const 1024) (i32.const 9))) (i32.const 0) (i32.const 0))
  (call $ok))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
