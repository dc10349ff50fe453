;; Asks at a pointer that is not RFC 6901: it doesn't begin with a slash.

(data (i32.const 1024) "subject/id")

(func $evaluate (result i32)
  (call $request_get (i32.const 1024) (i32.const 10) (i32.const 0))
  (call $decide (i32.const 1)))
