;; Attacks nothing: reads standard input, which is closed, and says which case of the stream's error it got.

(import "wasi:cli/stdin@0.2.6" "get-stdin" (func $stdin (result i32)))
(import "wasi:io/streams@0.2.6" "[method]input-stream.read" (func $read (param i32 i64 i32)))

(func $evaluate (result i32)
  (call $read (call $stdin) (i64.const 100) (i32.const 0))
  (call $say_number
    (i64.or
      (i64.shl (i64.load8_u (i32.const 0)) (i64.const 4))
      (i64.load8_u (i32.const 4)))))
