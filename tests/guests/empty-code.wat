;; Gives a reason without a code.

(func $evaluate (result i32)
  (call $because (i32.const 1) (i32.const 0) (i32.const 0)))
