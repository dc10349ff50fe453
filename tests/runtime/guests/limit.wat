;; Allows an amount up to the parameter `/limit` and denies more. Traps for the amount `/trap`, and counts to `/spin` first.

(data (i32.const 1024) "/context/amount")
(data (i32.const 1040) "/limit")
(data (i32.const 1056) "/trap")
(data (i32.const 1072) "/spin")
(data (i32.const 1088) "within")
(data (i32.const 1104) "above")

(func $evaluate (result i32)
  (local $amount i64)
  (local $spin i64)
  (call $request_get (i32.const 1024) (i32.const 15) (i32.const 0))
  (local.set $amount (i64.load (i32.const 16)))
  (local.set $spin (call $parameter (i32.const 1072) (i32.const 5)))
  (block $done
    (loop $again
      (br_if $done (i64.eqz (local.get $spin)))
      (local.set $spin (i64.sub (local.get $spin) (i64.const 1)))
      (br $again)))
  (if (i64.eq (local.get $amount) (call $parameter (i32.const 1056) (i32.const 5)))
    (then (unreachable)))
  (if (i64.gt_s (local.get $amount) (call $parameter (i32.const 1040) (i32.const 6)))
    (then (return (call $because (i32.const 3) (i32.const 1104) (i32.const 5)))))
  (call $because (i32.const 1) (i32.const 1088) (i32.const 6)))
