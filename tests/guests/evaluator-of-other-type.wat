;; Exports an evaluator whose `evaluate` answers with a text instead of a decision.

(component
  (core module $module
    (memory (export "memory") 1)
    (func (export "check") (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (func $check (result (result (error string)))
    (canon lift (core func $instance "check") (memory (core memory $instance "memory"))))
  (func $evaluate (result (result string (error string)))
    (canon lift (core func $instance "check") (memory (core memory $instance "memory"))))
  (instance $evaluator
    (export "check" (func $check))
    (export "evaluate" (func $evaluate)))
  (export "lictor:policy/evaluator@0.1.0" (instance $evaluator)))
