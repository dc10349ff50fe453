;; Imports a function that an interface of the contract doesn't have.

(component
  (import "lictor:policy/request@0.1.0" (instance
    (export "set" (func (param "pointer" string) (param "value" string))))))
