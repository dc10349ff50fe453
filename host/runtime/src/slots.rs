//! How many evaluations the host has in flight at once, over all tenants.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lictor_policy::Fault;

/// The host's places for evaluations. There are as many as the engine's pool has, so the pool never runs out.
#[derive(Debug)]
pub(crate) struct Slots {
    total: u32,
    wait: Duration,
    free: Mutex<u32>,
    freed: Condvar,
}

impl Slots {
    /// So many places, for which a caller waits this long at most.
    pub(crate) fn new(total: u32, wait: Duration) -> Self {
        Self {
            total,
            wait,
            free: Mutex::new(total),
            freed: Condvar::new(),
        }
    }

    /// Takes a place until the permit is dropped, waiting a little if there is none.
    ///
    /// # Errors
    /// No place came free in time.
    pub(crate) fn take(self: &Arc<Self>) -> Result<SlotPermit, Fault> {
        let (mut free, _) = self
            .freed
            .wait_timeout_while(self.lock(), self.wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            return Err(Fault::Overloaded { slots: self.total });
        }
        *free -= 1;
        drop(free);
        Ok(SlotPermit {
            slots: Arc::clone(self),
        })
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        // The number is right even if a thread panicked while it held the lock.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place for one evaluation.
#[derive(Debug)]
pub(crate) struct SlotPermit {
    slots: Arc<Slots>,
}

impl Drop for SlotPermit {
    fn drop(&mut self) {
        *self.slots.lock() += 1;
        self.slots.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_host_says_so_and_recovers() {
        let slots = Arc::new(Slots::new(1, Duration::ZERO));
        let permit = slots.take().unwrap();
        assert_eq!(slots.take().unwrap_err(), Fault::Overloaded { slots: 1 });
        drop(permit);
        assert!(slots.take().is_ok());
    }

    #[test]
    fn a_waiting_caller_gets_the_place_that_comes_free() {
        let slots = Arc::new(Slots::new(1, Duration::from_secs(60)));
        let permit = slots.take().unwrap();
        let waiting = {
            let slots = Arc::clone(&slots);
            std::thread::spawn(move || slots.take().is_ok())
        };
        drop(permit);
        assert!(waiting.join().unwrap());
    }
}
