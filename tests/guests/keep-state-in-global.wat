;; Counts its evaluations in a global and says the count. It must say 0 each time.

(global $count (mut i64) (i64.const 0))

(func $evaluate (result i32)
  (local $seen i64)
  (local.set $seen (global.get $count))
  (global.set $count (i64.add (local.get $seen) (i64.const 1)))
  (call $say_number (local.get $seen)))
