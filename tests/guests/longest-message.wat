;; Attacks nothing: gives a decision of exactly 65,536 bytes, which is the most that is accepted.

(func $evaluate (result i32)
  (call $reserve (i32.const 300000))
  (memory.fill (i32.const 65536) (i32.const 0x61) (i32.const 65532))
  (call $say (i32.const 65536) (i32.const 65532)))
