;; Draws 64 KiB of random bytes for ever, which is work for the host.

(import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))

(func $evaluate (result i32)
  (loop $again
    (global.set $heap (i32.const 65536))
    (call $random (i64.const 65536) (i32.const 0))
    (br $again))
  (unreachable))
