;; Fails with a message of 100,000 bytes. The fault keeps the first 1,024.

(func $evaluate (result i32)
  (call $reserve (i32.const 300000))
  (memory.fill (i32.const 65536) (i32.const 0x61) (i32.const 100000))
  (call $fail (i32.const 65536) (i32.const 100000)))
