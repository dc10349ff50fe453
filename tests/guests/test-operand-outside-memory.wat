;; Compares with a text that ends outside of the memory.

(data (i32.const 1024) "/subject/id")

(func $evaluate (result i32)
  (call $request_test
    (i32.const 1024) (i32.const 11) (i32.const 0) (i32.const 0) (i32.const 4) (i64.const 131071) (i32.const 2) (i32.const 0))
  (call $decide (i32.const 1)))
