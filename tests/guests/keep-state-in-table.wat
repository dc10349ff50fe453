;; Puts a function into a table and says whether one was there already. It must say 0 each time.

(table $table 4 funcref)
(elem declare func $ok)

(func $evaluate (result i32)
  (local $seen i64)
  (local.set $seen (i64.extend_i32_u (i32.eqz (ref.is_null (table.get $table (i32.const 2))))))
  (table.set $table (i32.const 2) (ref.func $ok))
  (call $say_number (local.get $seen)))
