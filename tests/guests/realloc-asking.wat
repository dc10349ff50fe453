;; Asks a question from within the allocator that the host calls in the middle of answering one.

(func $allocate (param i32 i32 i32 i32) (result i32)
  (drop (call $now))
  (i32.const 65536))

(func $evaluate (result i32)
  (call $request_keys (i32.const 0) (i32.const 0) (i32.const 0))
  (call $decide (i32.const 1)))
