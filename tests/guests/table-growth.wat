;; Grows a table for ever. It ends at the limit.

(table $table 1 funcref)

(func $evaluate (result i32)
  (loop $again
    (drop (table.grow $table (ref.null func) (i32.const 1000)))
    (br $again))
  (unreachable))
