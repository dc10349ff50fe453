;; Attacks nothing: opens standard output in `prepare` and prints with that handle when it evaluates, as the libraries of some
;; languages do. A snapshot has no handles, so that it is prepared each time, and its line is there.

(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))

(data (i32.const 1024) "printed\n")
(global $handle (mut i32) (i32.const 0))

(func $prepare (result i32)
  (global.set $handle (call $stdout))
  (call $ok))

(func $evaluate (result i32)
  (call $write (global.get $handle) (i32.const 1024) (i32.const 8) (i32.const 0))
  (call $say (i32.const 1024) (i32.const 7)))
