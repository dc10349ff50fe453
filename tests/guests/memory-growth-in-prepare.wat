;; Grows its memory for ever in `prepare`. The binding is refused at the limit.

(func $prepare (result i32)
  (loop $again
    (drop (memory.grow (i32.const 16)))
    (br $again))
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
