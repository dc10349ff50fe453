;; Writes a log line and draws random numbers in `prepare`. The line belongs to the set-up, not to each evaluation.

(import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))

(data (i32.const 1024) "prepared")

(func $prepare (result i32)
  (drop (call $random))
  (call $log (i32.const 1) (i32.const 1024) (i32.const 8))
  (call $ok))

(func $evaluate (result i32)
  (call $say_number (call $random)))
