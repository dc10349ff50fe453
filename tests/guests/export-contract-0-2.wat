;; Exports the evaluator of a version of the contract that this host doesn't serve.

(component
  (instance $evaluator)
  (export "lictor:policy/evaluator@0.2.0" (instance $evaluator)))
