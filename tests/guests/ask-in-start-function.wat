;; Asks for the time in the start function of its core module, before anything else of it has run.

(func $start (drop (call $now)))
(start $start)

(func $evaluate (result i32)
  (call $decide (i32.const 1)))
