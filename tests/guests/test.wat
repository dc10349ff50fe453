;; Attacks by what it is given: puts the test that its parameters name to the request, as many times as they say, and says
;; the bytes of the last answer. `at` is 0 for an operand that is given, of the kind with that number, or else the number of
;; where it stands; `longer` is how many bytes more than the operand's are handed over.

(data (i32.const 1024) "/relation")
(data (i32.const 1040) "/at")
(data (i32.const 1056) "/kind")
(data (i32.const 1072) "/operand")
(data (i32.const 1088) "/pointer")
(data (i32.const 1104) "/times")
(data (i32.const 1120) "/longer")

(func $evaluate (result i32)
  (local $relation i32)
  (local $at i32)
  (local $kind i32)
  (local $operand i32)
  (local $operand_bytes i32)
  (local $pointer i32)
  (local $bytes i32)
  (local $times i64)
  (local.set $relation (i32.wrap_i64 (call $parameter (i32.const 1024) (i32.const 9))))
  (local.set $at (i32.wrap_i64 (call $parameter (i32.const 1040) (i32.const 3))))
  (local.set $kind (i32.wrap_i64 (call $parameter (i32.const 1056) (i32.const 5))))
  (local.set $times (call $parameter (i32.const 1104) (i32.const 6)))
  (call $parameters_get (i32.const 1072) (i32.const 8) (i32.const 0))
  (local.set $operand (i32.load (i32.const 16)))
  (local.set $operand_bytes
    (i32.add
      (i32.load (i32.const 20))
      (i32.wrap_i64 (call $parameter (i32.const 1120) (i32.const 7)))))
  (call $parameters_get (i32.const 1088) (i32.const 8) (i32.const 0))
  (local.set $pointer (i32.load (i32.const 16)))
  (local.set $bytes (i32.load (i32.const 20)))
  (block $done
    (loop $again
      (br_if $done (i64.eqz (local.get $times)))
      (i64.store (i32.const 0) (i64.const 0))
      (call $request_test
        (local.get $pointer)
        (local.get $bytes)
        (local.get $relation)
        (local.get $at)
        (select (local.get $operand) (local.get $kind) (local.get $at))
        (i64.extend_i32_u (select (local.get $operand_bytes) (local.get $operand) (local.get $at)))
        (local.get $operand_bytes)
        (i32.const 0))
      (local.set $times (i64.sub (local.get $times) (i64.const 1)))
      (br $again)))
  (call $say_number (i64.load (i32.const 0))))
