;; Holds references of the host, which a garbage collector would have to look after.

(component
  (core module
    (table 1 externref)))
