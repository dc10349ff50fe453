;; Gives a reason of 65,537 bytes with its code, one more than a decision may have.

(func $evaluate (result i32)
  (call $reserve (i32.const 300000))
  (memory.fill (i32.const 65536) (i32.const 0x61) (i32.const 65533))
  (call $say (i32.const 65536) (i32.const 65533)))
