;; Gives a list of reasons that is longer than its memory.

(func $evaluate (result i32)
  (drop (call $decide (i32.const 1)))
  (i32.store (i32.const 72) (i32.const 2048))
  (i32.store (i32.const 76) (i32.const 100000))
  (i32.const 64))
