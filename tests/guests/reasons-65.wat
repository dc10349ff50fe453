;; Gives 65 reasons, one more than a decision may have.

(func $evaluate (result i32)
  (local $reason i32)
  (drop (call $decide (i32.const 3)))
  (local.set $reason (i32.const 2048))
  (loop $reasons
    (i32.store (local.get $reason) (i32.const 248))
    (i32.store offset=4 (local.get $reason) (i32.const 4))
    (local.set $reason (i32.add (local.get $reason) (i32.const 24)))
    (br_if $reasons (i32.lt_u (local.get $reason) (i32.const 3608))))
  (i32.store (i32.const 72) (i32.const 2048))
  (i32.store (i32.const 76) (i32.const 65))
  (i32.const 64))
