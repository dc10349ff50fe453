;; Computes until its fuel or its time is used up.

(func $evaluate (result i32)
  (loop $again (br $again))
  (unreachable))
