;; Asks for the numbers of two documents again and again, and traps when they ever differ: it sees one version of both.

(data (i32.const 1024) "/a/v")
(data (i32.const 1040) "/b/v")

(func $number (param $pointer i32) (result i64)
  (call $data_get (local.get $pointer) (i32.const 4) (i32.const 0))
  (i64.load (i32.const 16)))

(func $evaluate (result i32)
  (local $first i64)
  (local $times i32)
  (local.set $first (call $number (i32.const 1024)))
  (local.set $times (i32.const 100))
  (loop $again
    (if (i64.ne (call $number (i32.const 1040)) (local.get $first)) (then (unreachable)))
    (if (i64.ne (call $number (i32.const 1024)) (local.get $first)) (then (unreachable)))
    (local.set $times (i32.sub (local.get $times) (i32.const 1)))
    (br_if $again (local.get $times)))
  (call $decide (i32.const 1)))
