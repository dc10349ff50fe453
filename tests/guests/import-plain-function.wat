;; Imports a function outside of any interface.

(component
  (import "system" (func (param "command" string))))
