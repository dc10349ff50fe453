;; Attacks nothing: does what `prepared` does, but has code that changes a table, so that no snapshot can be made of
;; it. It is prepared each time, says the same, and the second preparing isn't visible.

(data (i32.const 1024) "/limit")
(global $limit (mut i64) (i64.const 0))
(global $prepared (mut i64) (i64.const 0))

(table $table 1 funcref)
(func $change (export "change")
  (table.set $table (i32.const 0) (ref.null func)))

(func $prepare (result i32)
  (global.set $prepared (i64.add (global.get $prepared) (i64.const 1)))
  (global.set $limit (call $parameter (i32.const 1024) (i32.const 6)))
  ;; The last byte of a page that wasn't there at the start, so that the snapshot's memory is larger than the original's.
  (call $reserve (i32.const 262144))
  (i64.store (i32.const 262136) (i64.add (i64.load (i32.const 262136)) (global.get $limit)))
  (call $ok))

(func $evaluate (result i32)
  ;; 0xPLLLLMMMM: how often it was prepared, the limit in the global, the limit in memory.
  (call $say_number
    (i64.or
      (i64.shl (global.get $prepared) (i64.const 32))
      (i64.or
        (i64.shl (global.get $limit) (i64.const 16))
        (i64.load (i32.const 262136))))))
