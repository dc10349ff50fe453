;; Calls in tail position.

(component
  (core module
    (func $again (return_call $again))))
