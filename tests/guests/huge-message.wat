;; Gives a reason of 10 MB. The host doesn't even copy it.

(func $evaluate (result i32)
  (call $reserve (i32.const 11000000))
  (call $say (i32.const 65536) (i32.const 10000000)))
