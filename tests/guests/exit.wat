;; Wants to end the process.

(import "wasi:cli/exit@0.2.6" "exit" (func $exit (param i32)))

(func $evaluate (result i32)
  (call $exit (i32.const 0))
  (call $decide (i32.const 1)))
