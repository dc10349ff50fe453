;; Asks at a pointer of nearly 16 MiB. The host doesn't even look at it.

(func $evaluate (result i32)
  (call $reserve (i32.const 16000000))
  (call $request_get (i32.const 0) (i32.const 16000000) (i32.const 0))
  (call $decide (i32.const 1)))
