;; Hands over a text that is not UTF-8.

(data (i32.const 1024) "\ff\fe")

(func $evaluate (result i32)
  (call $because (i32.const 1) (i32.const 1024) (i32.const 2)))
