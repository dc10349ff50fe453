;; Draws a random number and says it.

(import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))

(func $evaluate (result i32)
  (call $say_number (call $random)))
