;; Has the type of an asynchronous stream.

(component
  (type $bytes (stream u8))
  (import "bytes" (func (result $bytes))))
