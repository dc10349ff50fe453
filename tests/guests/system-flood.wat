;; Calls a system interface for ever. The calls are counted: it ends.

(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $monotonic (result i64)))

(func $evaluate (result i32)
  (loop $again
    (drop (call $monotonic))
    (br $again))
  (unreachable))
