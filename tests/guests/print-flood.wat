;; Writes to standard output for ever without ending a line. The log stays within its bytes.

(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))

(func $evaluate (result i32)
  (local $stdout i32)
  (local.set $stdout (call $stdout))
  (memory.fill (i32.const 1024) (i32.const 0x61) (i32.const 4096))
  (loop $again
    (call $write (local.get $stdout) (i32.const 1024) (i32.const 4096) (i32.const 0))
    (br $again))
  (unreachable))
