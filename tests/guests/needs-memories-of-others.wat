;; Has one module that uses the memories of two others, which is the feature of several memories by another way.

(component
  (core module $module (memory (export "memory") 1))
  (core module $thief
    (import "one" "memory" (memory $one 1))
    (import "two" "memory" (memory $two 1))
    (func (export "steal") (memory.copy $one $two (i32.const 0) (i32.const 0) (i32.const 65536))))
  (core instance $one (instantiate $module))
  (core instance $two (instantiate $module))
  (core instance (instantiate $thief (with "one" (instance $one)) (with "two" (instance $two)))))
