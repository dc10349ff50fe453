;; Asks for its parameters for ever in `check`. The set-up may ask more, but not for ever.

(func $check (result i32)
  (loop $again
    (call $parameters_count (i32.const 0) (i32.const 0) (i32.const 0))
    (br $again))
  (unreachable))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
