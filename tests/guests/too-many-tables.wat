;; Has nine tables, one more than a component may have.

(component
  (core module $module (table 1 funcref) (table 1 funcref) (table 1 funcref))
  (core instance (instantiate $module))
  (core instance (instantiate $module))
  (core instance (instantiate $module)))
