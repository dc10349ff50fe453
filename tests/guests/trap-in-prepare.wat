;; Traps in `prepare`. The binding is refused.

(func $prepare (result i32)
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
