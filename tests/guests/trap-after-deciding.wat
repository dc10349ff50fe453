;; Decides, and then traps in the function that the host calls to let a guest clean up. There is no decision.

(func $post_evaluate (param i32)
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
