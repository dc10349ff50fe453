;; Does what `prepare-noisily` does, but can't be snapshotted. Its decisions and its log must be the same.

(import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))

(data (i32.const 1024) "prepared")
(table $table 1 funcref)
(func $change (export "change")
  (table.set $table (i32.const 0) (ref.null func)))

(func $prepare (result i32)
  (drop (call $random))
  (call $log (i32.const 1) (i32.const 1024) (i32.const 8))
  (call $ok))

(func $evaluate (result i32)
  (call $say_number (call $random)))
