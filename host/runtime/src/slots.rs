//! How many evaluations the host has in flight at once, over all tenants.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lictor_policy::Fault;

/// The host's places for evaluations. There are as many as the engine's pool has, so the pool never runs out.
#[derive(Debug)]
pub(crate) struct Slots {
    total: u32,
    wait: Duration,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u32,
    /// Callers that wait. Waking is a system call even when nobody does, so it is done only for somebody.
    waiting: u32,
}

impl Slots {
    /// So many places, for which a caller waits this long at most.
    pub(crate) fn new(total: u32, wait: Duration) -> Self {
        Self {
            total,
            wait,
            state: Mutex::new(State {
                free: total,
                waiting: 0,
            }),
            freed: Condvar::new(),
        }
    }

    /// Takes a place until the permit is dropped, waiting a little if there is none.
    ///
    /// # Errors
    /// No place came free in time.
    pub(crate) fn take(self: &Arc<Self>) -> Result<SlotPermit, Fault> {
        let mut state = self.lock();
        if state.free == 0 {
            state = self.wait_in(state);
        }
        state.free = state
            .free
            .checked_sub(1)
            .ok_or(Fault::Overloaded { slots: self.total })?;
        drop(state);
        Ok(SlotPermit {
            slots: Arc::clone(self),
        })
    }

    /// Waits until there is a place or the time is over.
    fn wait_in<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.waiting += 1;
        let (mut state, _) = self
            .freed
            .wait_timeout_while(state, self.wait, |state| state.free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The numbers are right even if a thread panicked while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place for one evaluation.
#[derive(Debug)]
pub(crate) struct SlotPermit {
    slots: Arc<Slots>,
}

impl Drop for SlotPermit {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        state.free += 1;
        let awaited = state.waiting > 0;
        drop(state);
        if awaited {
            self.slots.freed.notify_one();
        }
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

    #[test]
    fn every_waiting_caller_is_woken() {
        let slots = Arc::new(Slots::new(2, Duration::from_secs(60)));
        let permits = [slots.take().unwrap(), slots.take().unwrap()];
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let slots = Arc::clone(&slots);
                // Each place is kept until both have one, so that none can be handed on.
                std::thread::spawn(move || slots.take())
            })
            .collect();
        while slots.lock().waiting < 2 {
            std::thread::yield_now();
        }
        drop(permits);
        let taken: Vec<_> = waiting.into_iter().map(|it| it.join().unwrap()).collect();
        assert!(taken.iter().all(Result::is_ok));
        let state = slots.lock();
        assert_eq!((state.free, state.waiting), (0, 0));
    }
}
