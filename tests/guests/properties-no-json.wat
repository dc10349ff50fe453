;; Gives an obligation whose properties are no JSON.

(data (i32.const 1024) "approval")
(data (i32.const 1040) "notify")
(data (i32.const 1072) "{to: owners}")

(func $evaluate (result i32)
  (drop (call $decide (i32.const 2)))
  (i32.store (i32.const 80) (i32.const 2048))
  (i32.store (i32.const 84) (i32.const 1))
  (i32.store (i32.const 2048) (i32.const 1024))
  (i32.store (i32.const 2052) (i32.const 8))
  (i32.store (i32.const 2056) (i32.const 1040))
  (i32.store (i32.const 2060) (i32.const 6))
  (i32.store (i32.const 2064) (i32.const 1072))
  (i32.store (i32.const 2068) (i32.const 12))
  (i32.const 64))
