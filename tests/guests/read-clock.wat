;; Reads the time and says it. It is allowed and recorded as `clock.now`.

(func $evaluate (result i32)
  (call $say_number (call $now)))
