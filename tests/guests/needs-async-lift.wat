;; Exports a function that is lifted as asynchronous.

(component
  (core module $module
    (func (export "run") (result i32) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (func (export "run") async
    (canon lift (core func $instance "run") async (callback (core func $instance "callback")))))
