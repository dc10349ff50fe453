;; Imports an interface that nobody has heard of.

(component
  (import "vendor:product/secrets@1.0.0" (instance)))
