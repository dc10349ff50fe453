;; Has a type that a garbage collector would have to look after.

(component
  (core module
    (type $pair (struct (field i32) (field i32)))
    (func (drop (struct.new_default $pair)))))
