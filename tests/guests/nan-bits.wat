;; Makes NaNs in several ways, whose bits differ between processors, and says them all combined. There is one NaN of
;; each size.

(func $evaluate (result i32)
  (local $zero f64)
  (local $small f32)
  (local $bits i64)
  ;; 0/0, inf-inf, sqrt(-1) and a NaN with a payload added to one.
  (local.set $bits (i64.reinterpret_f64 (f64.div (local.get $zero) (local.get $zero))))
  (local.set $bits (i64.or (local.get $bits) (i64.reinterpret_f64 (f64.sub (f64.const inf) (f64.const inf)))))
  (local.set $bits (i64.or (local.get $bits) (i64.reinterpret_f64 (f64.sqrt (f64.const -1)))))
  (local.set $bits (i64.or (local.get $bits) (i64.reinterpret_f64 (f64.add (f64.const nan:0x4000000000001) (f64.const 1)))))
  (local.set $bits (i64.or (local.get $bits) (i64.extend_i32_u (i32.reinterpret_f32 (f32.div (local.get $small) (local.get $small))))))
  (call $say_number (local.get $bits)))
