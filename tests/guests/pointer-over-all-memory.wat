;; Asks at a pointer as long as its whole memory.

(func $evaluate (result i32)
  (call $request_get (i32.const 0) (i32.mul (memory.size) (i32.const 65536)) (i32.const 0))
  (call $decide (i32.const 1)))
