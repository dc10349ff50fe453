;; Attacks nothing: consists of two instances of one module, each with a memory, and has a `prepare` whose effect its
;; decision shows. No snapshot can be made where a module is instantiated several times, and the memories count
;; together.

(component
  (core module $module
    (memory (export "memory") 2)
    (global $prepared (mut i32) (i32.const 0))
    (data (i32.const 128) "said\00\00\00\01")
    (func (export "check") (result i32) (i32.const 64))
    (func (export "prepare") (result i32)
      (global.set $prepared (i32.add (global.get $prepared) (i32.const 1)))
      (i32.const 64))
    ;; An `allow` for one reason, whose code is `said` and whose message is how often it was prepared, in one digit.
    (func (export "evaluate") (result i32)
      (i32.store8 (i32.const 4) (i32.const 1))
      (i32.store (i32.const 8) (i32.const 32))
      (i32.store (i32.const 12) (i32.const 1))
      (i32.store (i32.const 32) (i32.const 128))
      (i32.store (i32.const 36) (i32.const 4))
      (i32.store (i32.const 40) (i32.const 160))
      (i32.store (i32.const 44) (i32.const 1))
      (i32.store8 (i32.const 160) (i32.add (i32.const 48) (global.get $prepared)))
      (i32.const 0)))
  (core instance $instance (instantiate $module))
  (core instance $other (instantiate $module))

  (type $annotations (list (tuple string string)))
  (type $effect (enum "abstain" "allow" "review" "deny"))
  (type $reason (record (field "code" string) (field "message" string) (field "annotations" $annotations)))
  (type $obligation (record
    (field "id" string) (field "kind" string) (field "properties" string) (field "annotations" $annotations)))
  (type $decision (record
    (field "effect" $effect)
    (field "reasons" (list $reason))
    (field "obligations" (list $obligation))
    (field "annotations" $annotations)))

  (func $check (result (result (error string)))
    (canon lift (core func $instance "check") (memory (core memory $instance "memory"))))
  (func $prepare (result (result (error string)))
    (canon lift (core func $instance "prepare") (memory (core memory $instance "memory"))))
  (func $evaluate (result (result $decision (error string)))
    (canon lift (core func $instance "evaluate") (memory (core memory $instance "memory"))))

  ;; A function whose types have names is exported only from where the names are known, which takes a component of its own.
  (component $named
    (type $annotations (list (tuple string string)))
    (type $effect' (enum "abstain" "allow" "review" "deny"))
    (import "effect" (type $effect (eq $effect')))
    (type $reason' (record (field "code" string) (field "message" string) (field "annotations" $annotations)))
    (import "reason" (type $reason (eq $reason')))
    (type $obligation' (record
      (field "id" string) (field "kind" string) (field "properties" string) (field "annotations" $annotations)))
    (import "obligation" (type $obligation (eq $obligation')))
    (type $decision' (record
      (field "effect" $effect)
      (field "reasons" (list $reason))
      (field "obligations" (list $obligation))
      (field "annotations" $annotations)))
    (import "decision" (type $decision (eq $decision')))
    (import "check" (func $check (result (result (error string)))))
    (import "evaluate" (func $evaluate (result (result $decision (error string)))))
    (export $effect-out "effect" (type $effect'))
    (export $reason-out "reason" (type $reason'))
    (export $obligation-out "obligation" (type $obligation'))
    (type $decision-named (record
      (field "effect" $effect-out)
      (field "reasons" (list $reason-out))
      (field "obligations" (list $obligation-out))
      (field "annotations" $annotations)))
    (export $decision-out "decision" (type $decision-named))
    (export "check" (func $check))
    (export "evaluate" (func $evaluate) (func (result (result $decision-out (error string))))))
  (instance $evaluator (instantiate $named
    (with "effect" (type $effect))
    (with "reason" (type $reason))
    (with "obligation" (type $obligation))
    (with "decision" (type $decision))
    (with "check" (func $check))
    (with "evaluate" (func $evaluate))))
  (export "lictor:policy/evaluator@0.1.0" (instance $evaluator))
  (instance $preparation (export "prepare" (func $prepare)))
  (export "lictor:policy/preparation@0.1.0" (instance $preparation)))
