;; Reads the wall clock of WASI in `check` and refuses its parameters unless it stands at 0.

(import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall_clock (param i32)))

(func $check (result i32)
  (call $wall_clock (i32.const 0))
  (if (result i32) (i64.eqz (i64.or (i64.load (i32.const 0)) (i64.load32_u (i32.const 8))))
    (then (call $ok))
    (else (call $fail (i32.const 0) (i32.const 0)))))

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
