;; Attacks nothing: asks the question that its parameters name, at the pointer that they name, as many times as they
;; say. The price list is made with it.

(data (i32.const 1024) "/question")
(data (i32.const 1040) "/times")
(data (i32.const 1056) "/pointer")

(func $evaluate (result i32)
  (local $question i32)
  (local $times i64)
  (local $pointer i32)
  (local $bytes i32)
  (local.set $question (i32.wrap_i64 (call $parameter (i32.const 1024) (i32.const 9))))
  (local.set $times (call $parameter (i32.const 1040) (i32.const 6)))
  (call $parameters_get (i32.const 1056) (i32.const 8) (i32.const 0))
  (local.set $pointer (i32.load (i32.const 16)))
  (local.set $bytes (i32.load (i32.const 20)))
  (block $done
    (loop $again
      (br_if $done (i64.eqz (local.get $times)))
      (call $ask (local.get $question) (local.get $pointer) (local.get $bytes))
      (local.set $times (i64.sub (local.get $times) (i64.const 1)))
      (br $again)))
  (call $decide (i32.const 1)))
