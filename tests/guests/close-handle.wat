;; Attacks nothing: opens standard output in `prepare`, prints, and closes it. It holds no handle then, so that it starts from
;; a snapshot.

(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
(import "wasi:io/streams@0.2.6" "[resource-drop]output-stream" (func $close (param i32)))

(data (i32.const 1024) "printed\n")

(func $prepare (result i32)
  (local $handle i32)
  (local.set $handle (call $stdout))
  (call $write (local.get $handle) (i32.const 1024) (i32.const 8) (i32.const 0))
  (call $close (local.get $handle))
  (call $ok))

(func $evaluate (result i32)
  (call $say (i32.const 1024) (i32.const 7)))
