;; Polls one timer that is over 1,000 times in each list, for ever, which is work for the host. The handles are counted: it
;; ends.

(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
(import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))

(func $evaluate (result i32)
  (local $over i32)
  (local $at i32)
  (local.set $over (call $timer (i64.const 0)))
  (local.set $at (i32.const 1024))
  (loop $handles
    (i32.store (local.get $at) (local.get $over))
    (local.set $at (i32.add (local.get $at) (i32.const 4)))
    (br_if $handles (i32.lt_u (local.get $at) (i32.const 5024))))
  (loop $again
    (global.set $heap (i32.const 65536))
    (call $poll (i32.const 1024) (i32.const 1000) (i32.const 0))
    (br $again))
  (unreachable))
