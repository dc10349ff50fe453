;; Attacks nothing: exports a function `init` besides what the contract asks for, as some toolchains do. Nobody calls
;; it.

(func $init
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
