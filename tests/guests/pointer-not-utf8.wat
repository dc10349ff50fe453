;; Asks a question at a pointer that is not UTF-8.

(data (i32.const 1024) "/\ff\fe")

(func $evaluate (result i32)
  (call $request_get (i32.const 1024) (i32.const 3) (i32.const 0))
  (call $decide (i32.const 1)))
