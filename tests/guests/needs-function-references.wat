;; Uses typed references of functions.

(component
  (core module
    (type $callback (func))
    (func (param (ref $callback)) (call_ref $callback (local.get 0)))))
