;; Attacks nothing: asks for its subject, its amount, the users and its limit, and allows an amount up to the limit. It
;; is what the neighbours of every attack decide with.

(data (i32.const 1024) "/subject/id")
(data (i32.const 1056) "/context/amount")
(data (i32.const 1088) "/users/agent-7/roles")
(data (i32.const 1120) "/limit")
(data (i32.const 1152) "within-limit")
(data (i32.const 1168) "over-limit")

(func $evaluate (result i32)
  (local $amount i64)
  (call $request_get (i32.const 1024) (i32.const 11) (i32.const 0))
  (call $data_count (i32.const 1088) (i32.const 20) (i32.const 0))
  (call $request_get (i32.const 1056) (i32.const 15) (i32.const 0))
  (local.set $amount (i64.load (i32.const 16)))
  (if (result i32) (i64.le_s (local.get $amount) (call $parameter (i32.const 1120) (i32.const 6)))
    (then (call $because (i32.const 1) (i32.const 1152) (i32.const 12)))
    (else (call $because (i32.const 3) (i32.const 1168) (i32.const 10)))))
