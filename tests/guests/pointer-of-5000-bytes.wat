;; Asks at a pointer of 5,000 bytes, more than a pointer may have.

(func $evaluate (result i32)
  (memory.fill (i32.const 1024) (i32.const 0x2f) (i32.const 5000))
  (call $request_get (i32.const 1024) (i32.const 5000) (i32.const 0))
  (call $decide (i32.const 1)))
