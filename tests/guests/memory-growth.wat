;; Grows its memory for ever. It ends at the limit.

(func $evaluate (result i32)
  (loop $again
    (drop (memory.grow (i32.const 16)))
    (br $again))
  (unreachable))
