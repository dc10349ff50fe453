;; Loops for ever in `evaluate`. The fuel runs out; with more fuel than time the deadline passes.

(func $evaluate (result i32)
  (loop $again (br $again))
  (unreachable))
