;; Has a memory whose pages are one byte each, which is a proposal.

(component
  (core module
    (memory 1 (pagesize 1))))
