;; Imports a core module, which would be code that nobody has checked.

(component
  (import "code" (core module)))
