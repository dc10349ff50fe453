;; Draws a gigabyte of random bytes in one go.

(import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))

(func $evaluate (result i32)
  (call $random (i64.const 1000000000) (i32.const 0))
  (call $decide (i32.const 1)))
