;; Traps in the start function of its core module. The binding is refused before `check` is called.

(func $trap (unreachable))
(start $trap)

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
