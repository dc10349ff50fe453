;; Allows an amount up to the number `/v` of the documents `a` and `b`, and denies more. Traps where the two differ: a request
;; sees one version of both.

(data (i32.const 1024) "/a/v")
(data (i32.const 1040) "/b/v")
(data (i32.const 1056) "/context/amount")
(data (i32.const 1088) "within")
(data (i32.const 1104) "above")

(func $number (param $pointer i32) (result i64)
  (call $data_get (local.get $pointer) (i32.const 4) (i32.const 0))
  (i64.load (i32.const 16)))

(func $evaluate (result i32)
  (local $limit i64)
  (local.set $limit (call $number (i32.const 1024)))
  (if (i64.ne (call $number (i32.const 1040)) (local.get $limit)) (then (unreachable)))
  (call $request_get (i32.const 1056) (i32.const 15) (i32.const 0))
  (if (i64.gt_s (i64.load (i32.const 16)) (local.get $limit))
    (then (return (call $because (i32.const 3) (i32.const 1104) (i32.const 5)))))
  (call $because (i32.const 1) (i32.const 1088) (i32.const 6)))
