;; Imports a function of the contract with another type.

(component
  (import "lictor:policy/clock@0.1.0" (instance
    (export "now" (func (result string))))))
