//! How many compilations and set-ups run at once, so that binding policies leaves room for deciding with them.
//!
//! A compilation keeps all processors busy. A set-up may take seconds and runs in a slot of the same pool as evaluations: more
//! of them at once than the pool has for them would take the evaluations' slots.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many of a kind at once.
#[derive(Debug)]
pub(crate) struct Places {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A place for one, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    places: &'a Places,
}

impl Places {
    pub(crate) fn new(places: u32) -> Self {
        Self {
            free: Mutex::new(places),
            freed: Condvar::new(),
        }
    }

    /// Takes a place, waiting until there is one. Those who wait are threads that the operator binds with, so there is nobody to
    /// be told that the host is full.
    pub(crate) fn take(&self) -> Place<'_> {
        let mut free = self
            .freed
            .wait_while(self.lock(), |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place { places: self }
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        // The number is right even if a thread panicked while it held the lock.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.places.lock() += 1;
        self.places.freed.notify_one();
    }
}
