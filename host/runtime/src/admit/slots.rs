//! How many evaluations the host has in flight at once, over all tenants.
//!
//! Who has to wait for a place is served as what waits for a thread is: tenants in turn, and each leaves one place to others.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lictor_policy::{Fault, Priority};

use super::RETRY_AFTER_MS;
use super::delay::Patience;
use super::line::{Caller, Line, Next, Rules, Ticket};
use super::report::SlotUse;

/// The most callers that wait. They are threads of the embedder, so this is for one that has a great many.
const WAITING_MAX: usize = 4_096;

/// The host's places for evaluations. There are as many as the engine's pool has, so the pool never runs out.
#[derive(Debug)]
pub(crate) struct Slots {
    total: u32,
    wait: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    line: Line<Arc<Waiter>>,
}

/// A caller that waits.
#[derive(Debug, Default)]
struct Waiter {
    answer: Mutex<Option<Answer>>,
    answered: Condvar,
}

#[derive(Debug)]
enum Answer {
    Served(Ticket),
    Shed(Priority),
}

impl Waiter {
    fn answer(&self, answer: Answer) {
        *self.lock() = Some(answer);
        self.answered.notify_one();
    }

    fn wait(&self, time: Duration) -> Option<Answer> {
        let waited = self
            .answered
            .wait_timeout_while(self.lock(), time, |answer| answer.is_none());
        let (mut answer, _) = waited.unwrap_or_else(PoisonError::into_inner);
        answer.take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives free places to those whose turn it is.
    fn give(&mut self) {
        while self.free > 0 {
            // Nobody waits longer than its own patience, which is short.
            let Next { served, .. } = self.line.next(Duration::ZERO);
            let Some((ticket, waiter, _)) = served else {
                return;
            };
            self.free -= 1;
            waiter.answer(Answer::Served(ticket));
        }
    }
}

impl Slots {
    /// So many places, for which a usual caller waits this long at most.
    pub(crate) fn new(total: u32, wait: Duration) -> Self {
        let rules = Rules {
            waiting: WAITING_MAX,
            of_tenant: WAITING_MAX,
            serving: total.saturating_sub(1).max(1),
            patience: Patience::ENDLESS,
        };
        Self {
            total,
            wait,
            state: Mutex::new(State {
                free: total,
                line: Line::new(rules),
            }),
        }
    }

    /// How many are there, taken and waited for.
    pub(crate) fn used(&self) -> SlotUse {
        let state = self.lock();
        SlotUse {
            total: self.total,
            taken: self.total - state.free,
            waiting: state.line.len(),
        }
    }

    /// Says whether there is more than one tenant, who leave each other a place.
    pub(crate) fn share(&self, is_shared: bool) {
        let mut state = self.lock();
        state.line.is_shared = is_shared;
        state.give();
    }

    /// Takes a place until the permit is dropped, waiting a little if there is none for this caller.
    ///
    /// # Errors
    /// No place came free in time.
    pub(crate) fn take(self: &Arc<Self>, caller: Caller<'_>) -> Result<SlotPermit, Fault> {
        let mut state = self.lock();
        if state.free > 0
            && let Some(ticket) = state.line.serve_at_once(caller)
        {
            state.free -= 1;
            return Ok(self.permit(ticket));
        }
        let waiter = Arc::new(Waiter::default());
        let pushed = state.line.push(caller, Duration::ZERO, Arc::clone(&waiter));
        let Ok((number, gave_way)) = pushed else {
            return Err(self.overloaded());
        };
        if let Some((waiter, priority)) = gave_way {
            waiter.answer(Answer::Shed(priority));
        }
        // Others may wait for their own tenant's places, while there is one for this.
        state.give();
        drop(state);
        let answer = waiter.wait(self.patience(caller.priority)).or_else(|| {
            // It may have been served at the last moment.
            let removed = self.lock().line.remove(caller, number);
            removed.is_none().then(|| waiter.lock().take()).flatten()
        });
        match answer {
            Some(Answer::Served(ticket)) => Ok(self.permit(ticket)),
            Some(Answer::Shed(priority)) => Err(Fault::Shed {
                priority,
                retry_after_ms: RETRY_AFTER_MS,
            }),
            None => Err(self.overloaded()),
        }
    }

    /// How long a caller waits: the shorter the less it matters.
    fn patience(&self, priority: Priority) -> Duration {
        match priority {
            Priority::Low => self.wait / 2,
            Priority::Normal => self.wait,
            Priority::High => self.wait.saturating_mul(2),
            Priority::Critical => self.wait.saturating_mul(4),
        }
    }

    fn overloaded(&self) -> Fault {
        Fault::Overloaded {
            slots: self.total,
            retry_after_ms: RETRY_AFTER_MS,
        }
    }

    fn permit(self: &Arc<Self>, ticket: Ticket) -> SlotPermit {
        SlotPermit {
            slots: Arc::clone(self),
            ticket,
        }
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
    ticket: Ticket,
}

impl Drop for SlotPermit {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        state.free += 1;
        state.line.done(&self.ticket);
        if state.line.len() > 0 {
            state.give();
        }
    }
}

#[cfg(test)]
mod tests {
    use lictor_policy::TenantName;

    use super::*;

    fn take(slots: &Arc<Slots>, tenant: &str) -> Result<SlotPermit, Fault> {
        let tenant: TenantName = tenant.parse().unwrap();
        slots.take(Caller::of(&tenant))
    }

    fn wait_for(slots: &Slots, waiting: usize) {
        while slots.lock().line.len() < waiting {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_full_host_says_so_and_recovers() {
        let slots = Arc::new(Slots::new(1, Duration::ZERO));
        let permit = take(&slots, "a").unwrap();
        let full = take(&slots, "a").unwrap_err();
        assert!(matches!(full, Fault::Overloaded { slots: 1, .. }));
        drop(permit);
        assert!(take(&slots, "a").is_ok());
        assert_eq!(slots.lock().line.len(), 0);
    }

    #[test]
    fn who_matters_less_waits_for_less_time() {
        let slots = Slots::new(1, Duration::from_millis(10));
        let waits = Priority::ALL.map(|priority| slots.patience(priority).as_millis());
        assert_eq!(waits, [5, 10, 20, 40]);
    }

    #[test]
    fn a_waiting_caller_gets_the_place_that_comes_free() {
        let slots = Arc::new(Slots::new(1, Duration::from_secs(60)));
        let permit = take(&slots, "a").unwrap();
        let waiting = {
            let slots = Arc::clone(&slots);
            std::thread::spawn(move || take(&slots, "a").is_ok())
        };
        drop(permit);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn every_waiting_caller_is_woken() {
        let slots = Arc::new(Slots::new(2, Duration::from_secs(60)));
        let permits = [take(&slots, "a").unwrap(), take(&slots, "a").unwrap()];
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let slots = Arc::clone(&slots);
                // Each place is kept until both have one, so that none can be handed on.
                std::thread::spawn(move || take(&slots, "a"))
            })
            .collect();
        wait_for(&slots, 2);
        drop(permits);
        let taken: Vec<_> = waiting.into_iter().map(|it| it.join().unwrap()).collect();
        assert!(taken.iter().all(Result::is_ok));
        let state = slots.lock();
        assert_eq!((state.free, state.line.len()), (0, 0));
    }

    #[test]
    fn a_tenant_leaves_a_place_to_others_also_while_it_waits_for_one() {
        let slots = Arc::new(Slots::new(2, Duration::from_secs(60)));
        slots.share(true);
        let permit = take(&slots, "a").unwrap();
        let second = {
            let slots = Arc::clone(&slots);
            std::thread::spawn(move || take(&slots, "a").is_ok())
        };
        wait_for(&slots, 1);
        assert_eq!(slots.lock().free, 1);
        let other = take(&slots, "b").unwrap();
        assert_eq!(slots.lock().line.len(), 1);
        drop((other, permit));
        assert!(second.join().unwrap());
        // Alone it may have all.
        slots.share(false);
        let both = [take(&slots, "a"), take(&slots, "a")];
        assert!(both.iter().all(Result::is_ok));
    }
}
