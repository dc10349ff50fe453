;; Refuses its parameters. The binding is refused with its words.

(data (i32.const 1024) "`/limit` must be a number")

(func $check (result i32)
  (call $fail (i32.const 1024) (i32.const 25)))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
