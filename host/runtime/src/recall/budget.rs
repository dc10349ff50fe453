//! How many bytes all tenants' memories may take together, and who gets them.
//!
//! Each tenant has a floor that nobody can take from it. What others don't use is lent, and taken back from whoever borrowed
//! it when a tenant below its floor wants it. Must never let the sum be exceeded.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use super::memory::Memory;

/// The bytes of all memories together.
#[derive(Debug)]
pub(super) struct Budget {
    total: usize,
    /// What a tenant's floor is where all floors together fit.
    floor: usize,
    used: AtomicUsize,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    all: Vec<Weak<Memory>>,
    /// Where the search for a borrower goes on.
    next: usize,
}

/// The largest share of everything that one path may take.
const PATHS_MIN: usize = 16;
/// What is taken back from a borrower at once, so that it isn't asked for each path.
const CHUNK_BYTES: usize = 16 * 1024;
/// Why there is no room for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// There is none now.
    Now,
    /// No path may be so large.
    Ever,
}

/// How often bytes that were freed may be snatched by others before the path is given up.
const ATTEMPTS: usize = 8;

impl Budget {
    pub(super) fn new(total: usize, floor: usize) -> Self {
        Self {
            total,
            floor,
            used: AtomicUsize::new(0),
            members: Mutex::default(),
        }
    }

    /// Takes a memory in.
    pub(super) fn admit(&self, memory: Weak<Memory>) {
        let mut members = self.members();
        members.all.retain(|member| member.strong_count() > 0);
        members.all.push(memory);
    }

    /// What nobody can take from a tenant.
    fn floor(&self) -> usize {
        let members = self.members().all.len().max(1);
        self.floor.min(self.total / members)
    }

    /// Reserves bytes for a memory. Where there are none left, the memory forgets something itself, unless it is below its
    /// floor: then one that is above its own forgets. `seen_before` says whether the path was wanted before; only such a path
    /// makes a memory forget something of its own.
    ///
    /// # Errors
    /// There is no room, now or ever; then nothing was forgotten in vain, unless others took what was freed.
    pub(super) fn reserve(
        &self,
        memory: &Memory,
        bytes: usize,
        seen_before: impl FnOnce() -> bool,
    ) -> Result<(), NoRoom> {
        if bytes > self.total / PATHS_MIN {
            return Err(NoRoom::Ever);
        }
        if self.take(memory, bytes) {
            return Ok(());
        }
        let floor = self.floor();
        let is_entitled = memory.bytes() + bytes <= floor;
        if !is_entitled && !seen_before() {
            return Err(NoRoom::Now);
        }
        for _ in 0..ATTEMPTS {
            let freed = match self.borrower(memory, floor).filter(|_| is_entitled) {
                Some(borrower) => {
                    let borrowed = borrower.bytes().saturating_sub(floor);
                    borrower.forget(borrowed.min(bytes.max(CHUNK_BYTES)))
                }
                None if self.fits_without(memory, bytes) => memory.forget(bytes),
                None => break,
            };
            if self.take(memory, bytes) {
                return Ok(());
            }
            if freed == 0 {
                break;
            }
        }
        Err(NoRoom::Now)
    }

    /// Whether there would be room for so many bytes if this memory forgot everything.
    fn fits_without(&self, memory: &Memory, bytes: usize) -> bool {
        let others = self.used().saturating_sub(memory.bytes());
        bytes <= self.total.saturating_sub(others)
    }

    fn take(&self, memory: &Memory, bytes: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.total);
        let taken = self
            .used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        if taken.is_ok() {
            memory.add(bytes);
        }
        taken.is_ok()
    }

    /// Gives bytes back that a memory has no longer.
    pub(super) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Another memory that has more than its floor.
    fn borrower(&self, memory: &Memory, floor: usize) -> Option<std::sync::Arc<Memory>> {
        let mut members = self.members();
        let count = members.all.len();
        for step in 0..count {
            let at = (members.next + step) % count;
            let member = members.all.get(at).and_then(Weak::upgrade);
            if let Some(member) = member
                && !std::ptr::eq(&raw const *member, memory)
                && member.bytes() > floor
            {
                members.next = at + 1;
                return Some(member);
            }
        }
        None
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        // The list is whole after each statement.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes are in use.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }
}
