;; Decides, and then loops for ever in the function that the host calls to let a guest clean up. There is no decision.

(func $post_evaluate (param i32)
  (loop $again (br $again)))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
