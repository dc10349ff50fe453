;; Prints half a line in `prepare`, can't be snapshotted, and prints the other half when it evaluates. The halves are
;; two lines: the first belongs to the set-up.

(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))

(data (i32.const 1024) "one")
(data (i32.const 1040) "two\n")
(table $table 1 funcref)
(func $change (export "change")
  (table.set $table (i32.const 0) (ref.null func)))

(func $prepare (result i32)
  (call $write (call $stdout) (i32.const 1024) (i32.const 3) (i32.const 0))
  (call $ok))

(func $evaluate (result i32)
  (call $write (call $stdout) (i32.const 1040) (i32.const 4) (i32.const 0))
  (call $decide (i32.const 1)))
