;; Answers the host's wish for room with an address behind the end of its memory.

(func $allocate (param i32 i32 i32 i32) (result i32)
  (i32.mul (memory.size) (i32.const 65536)))

(func $evaluate (result i32)
  (call $request_keys (i32.const 0) (i32.const 0) (i32.const 0))
  (call $decide (i32.const 1)))
