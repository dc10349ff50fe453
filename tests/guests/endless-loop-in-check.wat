;; Loops for ever in `check`. The binding is refused once the set-up's fuel or its deadline is used up.

(func $check (result i32)
  (loop $again (br $again))
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
