;; Leaves the subject's id all over its memory and says what it found there. It must find 0 each time.

(data (i32.const 1024) "/subject/id")

(func $evaluate (result i32)
  (local $seen i64)
  (local $page i32)
  (call $request_get (i32.const 1024) (i32.const 11) (i32.const 0))
  (call $reserve (i32.const 1048576))
  (local.set $page (i32.const 131072))
  (loop $pages
    (local.set $seen (i64.or (local.get $seen) (i64.load (local.get $page))))
    (memory.copy (local.get $page) (i32.load (i32.const 16)) (i32.load (i32.const 20)))
    (local.set $page (i32.add (local.get $page) (i32.const 4096)))
    (br_if $pages (i32.lt_u (local.get $page) (i32.const 1048576))))
  (call $say_number (local.get $seen)))
