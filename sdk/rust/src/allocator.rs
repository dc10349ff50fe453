//! The memory layout that makes an instance cheap: an allocator that never gives memory back.
//!
//! An instance lives for one decision, so nothing that it allocates need be freed, and an instance that stays inside the
//! memory it was linked with costs the host no system call. So allocating is moving an address up through the memory that
//! the linker gave (`--initial-memory`), and only beyond it does the memory grow.
#![expect(unsafe_code, reason = "an allocator can't be written without")]

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::Cell;
use std::ptr;

const PAGE_BYTES: usize = 65_536;
/// How much the memory grows at least: each time costs the host two system calls.
const GROWTH_PAGES: usize = 4;

#[global_allocator]
static ALLOCATOR: Rising = Rising { next: Cell::new(0) };

/// Hands out rising addresses.
struct Rising {
    /// The first free address; 0 before the first allocation.
    next: Cell<usize>,
}

// SAFETY: the target has no threads, so nothing is ever shared between two of them.
unsafe impl Sync for Rising {}

unsafe extern "C" {
    /// Where the linker's data ends. Only its address means anything.
    static __heap_base: u8;
}

impl Rising {
    fn next(&self) -> usize {
        match self.next.get() {
            0 => (&raw const __heap_base).addr(),
            next => next,
        }
    }

    /// Takes everything up to `end`, growing the memory where it is too small.
    fn take(&self, end: usize) -> bool {
        let memory_bytes = memory_size::<0>() * PAGE_BYTES;
        let fits = end <= memory_bytes || grow(end - memory_bytes);
        if fits {
            self.next.set(end);
        }
        fits
    }
}

#[cold]
fn grow(missing_bytes: usize) -> bool {
    let pages = missing_bytes.div_ceil(PAGE_BYTES);
    memory_grow::<0>(pages.max(GROWTH_PAGES)) != usize::MAX
}

// SAFETY: blocks are aligned as asked, inside the memory, and never overlap: each begins at or behind the end of the one
// before, since `next` only ever falls to the beginning of the last block when that block is given back or shrinks.
unsafe impl GlobalAlloc for Rising {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let aligned = self.next().checked_next_multiple_of(layout.align());
        let block = aligned.and_then(|start| Some((start, start.checked_add(layout.size())?)));
        match block {
            Some((start, end)) if self.take(end) => ptr::with_exposed_provenance_mut(start),
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // The last block is given back, which keeps texts that are built and dropped in turn in one place.
        if block.addr() + layout.size() == self.next.get() {
            self.next.set(block.addr());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if block.addr() + layout.size() == self.next.get() {
            let end = block.addr().checked_add(new_size);
            return if end.is_some_and(|end| self.take(end)) {
                block
            } else {
                ptr::null_mut()
            };
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: the caller vouches for the alignment and the new size, and the old block is as long as its layout says.
        // The new block is another one, so they don't overlap.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}
