;; Says in `prepare` that it can't be set up. The binding is refused with its words.

(data (i32.const 1024) "rule 3 has no end")

(func $prepare (result i32)
  (call $fail (i32.const 1024) (i32.const 17)))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
