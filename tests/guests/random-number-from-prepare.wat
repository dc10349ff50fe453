;; Draws a random number in `prepare` and says it when it evaluates.

(import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))

(global $drawn (mut i64) (i64.const 0))

(func $prepare (result i32)
  (global.set $drawn (call $random))
  (call $ok))

(func $evaluate (result i32)
  (call $say_number (global.get $drawn)))
