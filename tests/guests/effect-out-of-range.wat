;; Answers with an effect that the contract doesn't have.

(func $evaluate (result i32)
  (call $decide (i32.const 4)))
