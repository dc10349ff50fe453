;; Imports sockets.

(component
  (import "wasi:sockets/network@0.2.6" (instance)))
