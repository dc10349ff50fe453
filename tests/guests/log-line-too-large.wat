;; Writes a line of 10 MB. The host doesn't even copy it.

(func $evaluate (result i32)
  (call $reserve (i32.const 11000000))
  (call $log (i32.const 1) (i32.const 65536) (i32.const 10000000))
  (call $decide (i32.const 1)))
