//! The places for `check` and `prepare`. They may take seconds, and they run in slots of the same pool as evaluations, so
//! that more of them at once than the pool has places for would take the evaluations' places.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many set-ups at once.
#[derive(Debug)]
pub(crate) struct Setups {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A place for one set-up, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    setups: &'a Setups,
}

impl Setups {
    pub(crate) fn new(places: u32) -> Self {
        Self {
            free: Mutex::new(places),
            freed: Condvar::new(),
        }
    }

    /// Takes a place, waiting until there is one. Each is held for a bounded time, and those who wait are threads that the
    /// operator binds with, so there is nobody to be told that the host is full.
    pub(crate) fn take(&self) -> Place<'_> {
        let mut free = self
            .freed
            .wait_while(self.lock(), |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place { setups: self }
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        // The number is right even if a thread panicked while it held the lock.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.setups.lock() += 1;
        self.setups.freed.notify_one();
    }
}
