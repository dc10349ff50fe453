//! Requests that meet at the same missing node: one evaluates, the others wait for it and then look again for themselves.
//!
//! Must never pass a decision from one request to another: what a waiting request gets is only the news that it may look.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The evaluations under way, by the place whose node is missing.
#[derive(Debug, Default)]
pub(super) struct Flights {
    open: Arc<Mutex<HashMap<u64, Arc<Flight>>>>,
}

/// One evaluation under way.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    /// Whether something was remembered, once it has ended.
    ended: Mutex<Option<bool>>,
    ending: Condvar,
}

/// What a request does about a missing node.
pub(crate) enum Joined {
    /// It evaluates.
    Lead(Lead),
    /// Another one evaluates.
    Follow(Arc<Flight>),
}

/// The duty to evaluate. However it ends, those who wait go on.
pub(crate) struct Lead {
    open: Arc<Mutex<HashMap<u64, Arc<Flight>>>>,
    place: u64,
    flight: Arc<Flight>,
    remembered: bool,
}

impl Flights {
    pub(super) fn join(&self, place: u64) -> Joined {
        match lock(&self.open).entry(place) {
            Entry::Occupied(flight) => Joined::Follow(Arc::clone(flight.get())),
            Entry::Vacant(free) => {
                let flight = Arc::clone(free.insert(Arc::default()));
                Joined::Lead(Lead {
                    open: Arc::clone(&self.open),
                    place,
                    flight,
                    remembered: false,
                })
            }
        }
    }
}

impl Flight {
    /// Waits until the evaluation has ended, so long at most, and says whether there is anything to look for.
    pub(crate) fn wait(&self, at_most: Duration) -> bool {
        let (ended, _) = self
            .ending
            .wait_timeout_while(lock(&self.ended), at_most, |ended| ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        *ended == Some(true)
    }
}

impl Lead {
    /// Ends the evaluation and says whether it was remembered.
    pub(crate) fn end(mut self, remembered: bool) {
        self.remembered = remembered;
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.place);
        *lock(&self.flight.ended) = Some(self.remembered);
        self.flight.ending.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is one assignment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Long enough that only a lost message makes it pass.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn one_leads_and_the_others_learn_that_it_has_ended() {
        let flights = Flights::default();
        let Joined::Lead(lead) = flights.join(7) else {
            panic!("nobody else is there")
        };
        let followers: Vec<_> = (0..4)
            .map(|_| match flights.join(7) {
                Joined::Follow(flight) => thread::spawn(move || flight.wait(LONG)),
                Joined::Lead(_) => panic!("one leads already"),
            })
            .collect();
        assert!(matches!(flights.join(8), Joined::Lead(_)));
        lead.end(true);
        assert!(followers.into_iter().all(|it| it.join().unwrap()));
        assert!(matches!(flights.join(7), Joined::Lead(_)));
    }

    #[test]
    fn one_that_fails_or_panics_lets_the_others_go() {
        let flights = Flights::default();
        let Joined::Lead(lead) = flights.join(7) else {
            panic!("nobody else is there")
        };
        let Joined::Follow(flight) = flights.join(7) else {
            panic!("one leads already")
        };
        let panicked = thread::spawn(move || {
            let _lead = lead;
            panic!("as a bug of this host would");
        });
        assert!(panicked.join().is_err());
        assert!(!flight.wait(LONG));
    }

    #[test]
    fn nobody_waits_longer_than_it_may() {
        let flights = Flights::default();
        let _lead = flights.join(7);
        let Joined::Follow(flight) = flights.join(7) else {
            panic!("one leads already")
        };
        assert!(!flight.wait(Duration::ZERO));
    }
}
