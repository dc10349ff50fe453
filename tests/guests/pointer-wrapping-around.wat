;; Asks at a pointer whose end, counted in 32 bits, comes before its beginning.

(func $evaluate (result i32)
  (call $request_get (i32.const 0xfffffff0) (i32.const 0x20) (i32.const 0))
  (call $decide (i32.const 1)))
