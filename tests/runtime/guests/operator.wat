;; A policy of the base layer: denies when the operator's document `freeze` has members or the tenant's `users` can't be
;; read under the name that says so; allows otherwise, which counts as abstaining.

(data (i32.const 1024) "/freeze")
(data (i32.const 1040) "/tenant.users")
(data (i32.const 1056) "/users")
(data (i32.const 1072) "frozen")
(data (i32.const 1088) "no-users")

(func $count (param $pointer i32) (param $bytes i32) (result i32)
  (call $data_count (local.get $pointer) (local.get $bytes) (i32.const 0))
  (if (result i32) (i32.load8_u (i32.const 0))
    (then (i32.load (i32.const 4)))
    (else (i32.const -1))))

(func $evaluate (result i32)
  (if (i32.gt_s (call $count (i32.const 1024) (i32.const 7)) (i32.const 0))
    (then (return (call $because (i32.const 3) (i32.const 1072) (i32.const 6)))))
  (if (i32.ne (call $count (i32.const 1056) (i32.const 6)) (i32.const -1))
    (then (unreachable)))
  (if (i32.le_s (call $count (i32.const 1040) (i32.const 13)) (i32.const 0))
    (then (return (call $because (i32.const 3) (i32.const 1088) (i32.const 8)))))
  (call $decide (i32.const 1)))
