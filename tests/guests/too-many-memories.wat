;; Has five memories, one more than a component may have.

(component
  (core module $module (memory 1))
  (core instance (instantiate $module))
  (core instance (instantiate $module))
  (core instance (instantiate $module))
  (core instance (instantiate $module))
  (core instance (instantiate $module)))
