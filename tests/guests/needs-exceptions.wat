;; Throws an exception.

(component
  (core module
    (tag $problem)
    (func (throw $problem))))
