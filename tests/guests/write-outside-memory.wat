;; Writes behind the end of its memory, where the host and other guests are. It traps.

(func $evaluate (result i32)
  (i32.store (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))
  (call $decide (i32.const 1)))
