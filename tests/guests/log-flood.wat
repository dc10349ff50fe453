;; Writes lines for ever. The log keeps its first 16 KiB and counts the rest; the fuel runs out.

(data (i32.const 1024) "I am still here")

(func $evaluate (result i32)
  (loop $again
    (call $log (i32.const 1) (i32.const 1024) (i32.const 15))
    (br $again))
  (unreachable))
