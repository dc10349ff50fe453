;; Reads the wall clock of WASI and says it in milliseconds. It is the same observation as `clock.now`.

(import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall_clock (param i32)))

(func $evaluate (result i32)
  (call $wall_clock (i32.const 0))
  (call $say_number
    (i64.add
      (i64.mul (i64.load (i32.const 0)) (i64.const 1000))
      (i64.div_u (i64.load32_u (i32.const 8)) (i64.const 1000000)))))
