;; Wants the answer of a question written behind the end of its memory.

(func $evaluate (result i32)
  (call $request_count (i32.const 0) (i32.const 0) (i32.mul (memory.size) (i32.const 65536)))
  (call $decide (i32.const 1)))
