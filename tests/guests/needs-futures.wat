;; Has the type of an asynchronous future.

(component
  (type $later (future string))
  (import "later" (func (result $later))))
