;; Traps for an amount above 100, else allows: a policy that has been good and then has a fault.

(data (i32.const 1024) "/context/amount")

(func $evaluate (result i32)
  (call $request_get (i32.const 1024) (i32.const 15) (i32.const 0))
  (if (i64.gt_s (i64.load (i32.const 16)) (i64.const 100)) (then (unreachable)))
  (call $because (i32.const 1) (i32.const 248) (i32.const 4)))
