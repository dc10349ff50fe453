;; Asks for the names of an object's members, which the test makes longer together than an answer may be.

(data (i32.const 1024) "/context/large")

(func $evaluate (result i32)
  (call $request_keys (i32.const 1024) (i32.const 14) (i32.const 0))
  (call $decide (i32.const 1)))
