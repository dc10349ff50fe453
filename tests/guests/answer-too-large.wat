;; Asks for an attribute, which the test makes longer than an answer may be.

(data (i32.const 1024) "/context/large")

(func $evaluate (result i32)
  (call $request_get (i32.const 1024) (i32.const 14) (i32.const 0))
  (call $decide (i32.const 1)))
