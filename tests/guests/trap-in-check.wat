;; Traps in `check`. The binding is refused.

(func $check (result i32)
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
