  ;; What every guest begins with: the contract's imports are in `imports.wat`, here follow a memory, an allocator that
  ;; never frees, and the shapes of the contract's answers.
  ;;
  ;; Memory: 0 to 64 the answer of a question, 64 to 128 what an export returns, 128 to 256 one reason, 256 to 272 the
  ;; digits of a number, 1,024 to 65,536 the guest's own, above that what the host hands over.

  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))

  (func $realloc (param $old i32) (param $old_bytes i32) (param $align i32) (param $bytes i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.sub (i32.add (global.get $heap) (local.get $align)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $bytes)))
    (call $reserve (global.get $heap))
    (memory.copy (local.get $at) (local.get $old) (local.get $old_bytes))
    (local.get $at))

  ;; Grows the memory until it has this many bytes.
  (func $reserve (param $bytes i32)
    (local $missing i32)
    (local.set $missing
      (i32.sub
        (i32.shr_u (i32.add (local.get $bytes) (i32.const 65535)) (i32.const 16))
        (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1))
          (then (unreachable))))))

  ;; A decision without reasons.
  (func $decide (param $effect i32) (result i32)
    (memory.fill (i32.const 64) (i32.const 0) (i32.const 64))
    (i32.store8 (i32.const 68) (local.get $effect))
    (i32.const 64))

  ;; A decision for one reason without a message.
  (func $because (param $effect i32) (param $code i32) (param $code_bytes i32) (result i32)
    (drop (call $decide (local.get $effect)))
    (memory.fill (i32.const 128) (i32.const 0) (i32.const 24))
    (i32.store (i32.const 128) (local.get $code))
    (i32.store (i32.const 132) (local.get $code_bytes))
    (i32.store (i32.const 72) (i32.const 128))
    (i32.store (i32.const 76) (i32.const 1))
    (i32.const 64))

  ;; An `allow` that says something: its one reason has the code `said` and this message.
  (data (i32.const 248) "said")
  (func $say (param $message i32) (param $bytes i32) (result i32)
    (drop (call $because (i32.const 1) (i32.const 248) (i32.const 4)))
    (i32.store (i32.const 136) (local.get $message))
    (i32.store (i32.const 140) (local.get $bytes))
    (i32.const 64))

  ;; An `allow` that says a number in 16 hexadecimal digits.
  (func $say_number (param $number i64) (result i32)
    (local $at i32)
    (local $digit i32)
    (local.set $at (i32.const 272))
    (loop $digits
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $digit (i32.wrap_i64 (i64.and (local.get $number) (i64.const 15))))
      (i32.store8 (local.get $at)
        (i32.add
          (local.get $digit)
          (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
      (local.set $number (i64.shr_u (local.get $number) (i64.const 4)))
      (br_if $digits (i32.gt_u (local.get $at) (i32.const 256))))
    (call $say (i32.const 256) (i32.const 16)))

  ;; The answer of `check` and `prepare`: all is well.
  (func $ok (result i32)
    (call $decide (i32.const 0)))

  ;; The error of any export.
  (func $fail (param $message i32) (param $bytes i32) (result i32)
    (memory.fill (i32.const 64) (i32.const 0) (i32.const 64))
    (i32.store8 (i32.const 64) (i32.const 1))
    (i32.store (i32.const 68) (local.get $message))
    (i32.store (i32.const 72) (local.get $bytes))
    (i32.const 64))

  ;; An integer of the parameters, or 0.
  (func $parameter (param $pointer i32) (param $bytes i32) (result i64)
    (i64.store (i32.const 16) (i64.const 0))
    (call $parameters_get (local.get $pointer) (local.get $bytes) (i32.const 0))
    (if (result i64) (i32.eq (i32.load8_u (i32.const 8)) (i32.const 2))
      (then (i64.load (i32.const 16)))
      (else (i64.const 0))))

  ;; Asks the question with this number, at this pointer where it has one; 8 and 9 test whether null stands there, 13 is a
  ;; log line, 14 no question. All numbers burn the same fuel here, so that what differs is the host's price.
  (func $ask (param $question i32) (param $pointer i32) (param $bytes i32)
    (if (i32.eq (local.get $question) (i32.const 0))
      (then (call $request_get (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 1))
      (then (call $request_count (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 2))
      (then (call $request_keys (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 3))
      (then (call $data_get (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 4))
      (then (call $data_count (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 5))
      (then (call $data_keys (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 6))
      (then (drop (call $now))))
    (if (i32.eq (local.get $question) (i32.const 7))
      (then (drop (call $before (i64.const 0)))))
    (if (i32.eq (local.get $question) (i32.const 8))
      (then (call $request_test
        (local.get $pointer) (local.get $bytes) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 9))
      (then (call $data_test
        (local.get $pointer) (local.get $bytes) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 10))
      (then (call $parameters_get (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 11))
      (then (call $parameters_count (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 12))
      (then (call $parameters_keys (local.get $pointer) (local.get $bytes) (i32.const 0))))
    (if (i32.eq (local.get $question) (i32.const 13))
      (then (call $log (i32.const 1) (local.get $pointer) (local.get $bytes)))))
