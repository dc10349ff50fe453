;; Says the effect that the parameter `/effect` names by its number, for the reason `said`.

(data (i32.const 1024) "/effect")

(func $evaluate (result i32)
  (call $because
    (i32.wrap_i64 (call $parameter (i32.const 1024) (i32.const 7)))
    (i32.const 248) (i32.const 4)))
