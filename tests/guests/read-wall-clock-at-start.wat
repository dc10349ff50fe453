;; Reads the wall clock of WASI while it is instantiated, in an evaluation too, and says it when it evaluates. It stood
;; at 0, and nothing was observed.

(import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall_clock (param i32)))

(global $seen (mut i64) (i64.const 0))

(func $initialize
  (call $wall_clock (i32.const 0))
  (global.set $seen (i64.or (i64.load (i32.const 0)) (i64.load32_u (i32.const 8)))))

(func $evaluate (result i32)
  (call $say_number (global.get $seen)))
