;; Asks for 256 MiB in one go. It ends at the limit, and the fault says what was wanted.

(func $evaluate (result i32)
  (drop (memory.grow (i32.const 4096)))
  (call $decide (i32.const 1)))
