;; Writes to standard output and to standard error. What it writes become log lines, the last one too, which has no
;; end.

(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
(import "wasi:cli/stderr@0.2.6" "get-stderr" (func $stderr (result i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))

(data (i32.const 1024) "one\ntwo\nthr")
(data (i32.const 1040) "ee\nfour")
(data (i32.const 1056) "oh \ff no\n")

(func $evaluate (result i32)
  (call $write (call $stdout) (i32.const 1024) (i32.const 11) (i32.const 0))
  (call $write (call $stdout) (i32.const 1040) (i32.const 7) (i32.const 0))
  (call $write (call $stderr) (i32.const 1056) (i32.const 8) (i32.const 0))
  (call $decide (i32.const 1)))
