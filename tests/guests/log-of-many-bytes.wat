;; Writes a line of 10,000 bytes ten times and then decides. One line fits; the others are counted, and the decision
;; stands.

(func $evaluate (result i32)
  (local $lines i32)
  (memory.fill (i32.const 1024) (i32.const 0x61) (i32.const 10000))
  (loop $again
    (call $log (i32.const 2) (i32.const 1024) (i32.const 10000))
    (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $lines) (i32.const 10))))
  (call $decide (i32.const 1)))
