;; Loops for ever while it is instantiated, which must end as a loop in `check` does.

(func $initialize
  (loop $again (br $again)))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
