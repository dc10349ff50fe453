;; Returns its decision at the last bytes of its memory, so that only a part of it is there.

(func $evaluate (result i32)
  (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 28)))
