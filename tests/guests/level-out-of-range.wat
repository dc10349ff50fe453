;; Writes a log line at a level that the contract doesn't have.

(func $evaluate (result i32)
  (call $log (i32.const 4) (i32.const 0) (i32.const 0))
  (call $decide (i32.const 1)))
