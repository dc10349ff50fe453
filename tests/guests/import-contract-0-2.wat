;; Imports an interface of the contract in a version that this host doesn't serve.

(component
  (import "lictor:policy/request@0.2.0" (instance)))
