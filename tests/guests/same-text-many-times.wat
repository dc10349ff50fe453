;; Names one text of 64 KiB 64 times, so that a small memory becomes a large decision. The host stops copying after a
;; few times the decision's limit.

(func $evaluate (result i32)
  (local $reason i32)
  (call $reserve (i32.const 300000))
  (drop (call $decide (i32.const 1)))
  (local.set $reason (i32.const 2048))
  (loop $reasons
    (i32.store (local.get $reason) (i32.const 248))
    (i32.store offset=4 (local.get $reason) (i32.const 4))
    (i32.store offset=8 (local.get $reason) (i32.const 131072))
    (i32.store offset=12 (local.get $reason) (i32.const 65536))
    (local.set $reason (i32.add (local.get $reason) (i32.const 24)))
    (br_if $reasons (i32.lt_u (local.get $reason) (i32.const 3584))))
  (i32.store (i32.const 72) (i32.const 2048))
  (i32.store (i32.const 76) (i32.const 64))
  (i32.const 64))
