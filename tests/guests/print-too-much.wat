;; Writes more to standard output in one go than it is told it may.

(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))

(func $evaluate (result i32)
  (call $write (call $stdout) (i32.const 1024) (i32.const 4097) (i32.const 0))
  (call $decide (i32.const 1)))
