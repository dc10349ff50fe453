;; Asks at a pointer that is not RFC 6901: it has an escape that there isn't.

(data (i32.const 1024) "/users/~2")

(func $evaluate (result i32)
  (call $data_keys (i32.const 1024) (i32.const 9) (i32.const 0))
  (call $decide (i32.const 1)))
