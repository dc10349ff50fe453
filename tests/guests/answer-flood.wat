;; Asks for the same large answer for ever, so that a small question makes the host copy and record much. What is recorded
;; is bounded, and the bytes are priced besides: where the bound is high, the fuel runs out long before the questions do.

(data (i32.const 1024) "/context/large")

(func $evaluate (result i32)
  (loop $again
    (global.set $heap (i32.const 65536))
    (call $request_get (i32.const 1024) (i32.const 14) (i32.const 0))
    (br $again))
  (unreachable))
