;; Uses a handle that it was never given.

(import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))

(func $evaluate (result i32)
  (call $block (i32.const 7))
  (call $decide (i32.const 1)))
