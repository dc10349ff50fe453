//! How many compilations and set-ups run at once, so that binding policies leaves room for deciding with them.
//!
//! A compilation keeps a processor busy. A set-up may take seconds and runs in a slot of the same pool as evaluations: more
//! of them at once than the pool has for them would take the evaluations' slots. Those who wait are served tenant by tenant in
//! turn, so that one who binds much makes another wait for one of its pieces of work at a time, not for all of them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use lictor_policy::TenantName;

/// So many of a kind at once.
#[derive(Debug)]
pub(crate) struct Places {
    state: Mutex<State>,
    given: Condvar,
}

/// A place for one, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    places: &'a Places,
}

#[derive(Debug, Default)]
struct State {
    free: u32,
    next_ticket: u64,
    waiting: HashMap<TenantName, VecDeque<u64>>,
    /// The tenants that have somebody waiting, each once, the next to be served first.
    turn: VecDeque<TenantName>,
    /// Tickets that have a place now and whose holders haven't woken up yet.
    called: HashSet<u64>,
}

impl Places {
    pub(crate) fn new(places: u32) -> Self {
        Self {
            state: Mutex::new(State {
                free: places,
                ..State::default()
            }),
            given: Condvar::new(),
        }
    }

    /// Takes a place on behalf of a tenant, waiting until it is that tenant's turn. Those who wait are threads that the operator
    /// binds with, so there is nobody to be told that the host is full.
    pub(crate) fn take(&self, tenant: &TenantName) -> Place<'_> {
        let mut state = self.lock();
        let ticket = state.queue(tenant);
        // While a place is free nobody waits, so whoever is called here is this one.
        state.call();
        let mut state = self
            .given
            .wait_while(state, |state| !state.called.contains(&ticket))
            .unwrap_or_else(PoisonError::into_inner);
        state.called.remove(&ticket);
        Place { places: self }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics between two steps of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Puts somebody behind the others of the same tenant.
    fn queue(&mut self, tenant: &TenantName) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket = self.next_ticket.wrapping_add(1);
        match self.waiting.get_mut(tenant) {
            Some(tickets) => tickets.push_back(ticket),
            None => {
                let tickets = VecDeque::from([ticket]);
                self.waiting.insert(tenant.clone(), tickets);
                self.turn.push_back(tenant.clone());
            }
        }
        ticket
    }

    /// Gives the free places to those whose turn it is.
    fn call(&mut self) {
        while self.free > 0 {
            let Some(ticket) = self.next() else { return };
            self.free -= 1;
            self.called.insert(ticket);
        }
    }

    /// The oldest of the tenant whose turn it is.
    fn next(&mut self) -> Option<u64> {
        let tenant = self.turn.pop_front()?;
        let tickets = self.waiting.get_mut(&tenant)?;
        let ticket = tickets.pop_front();
        if tickets.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.turn.push_back(tenant);
        }
        ticket
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.places.lock();
        state.free += 1;
        state.call();
        drop(state);
        self.places.given.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    fn tenant(name: &str) -> TenantName {
        name.parse().expect("it is a name")
    }

    /// Waits in a thread of its own, once it is in the queue.
    fn wait(places: &Arc<Places>, served: &Arc<Mutex<Vec<String>>>, name: &str) {
        let queued = || places.lock().next_ticket;
        let before = queued();
        let (waiting, served) = (Arc::clone(places), Arc::clone(served));
        let name = name.to_owned();
        thread::spawn(move || {
            let of = tenant(name.trim_end_matches(|letter: char| letter.is_ascii_digit()));
            let place = waiting.take(&of);
            served.lock().expect("nobody panics").push(name);
            drop(place);
        });
        while queued() == before {
            thread::yield_now();
        }
    }

    #[test]
    fn a_tenant_that_binds_much_makes_others_wait_for_one_piece_of_it() {
        let places = Arc::new(Places::new(1));
        let served = Arc::default();
        let place = places.take(&tenant("greedy"));
        for name in ["greedy1", "greedy2", "greedy3", "b1", "c1", "b2"] {
            wait(&places, &served, name);
        }
        drop(place);
        while served.lock().expect("nobody panics").len() < 6 {
            thread::yield_now();
        }
        assert_eq!(
            *served.lock().expect("nobody panics"),
            ["greedy1", "b1", "c1", "greedy2", "b2", "greedy3"]
        );
        assert!(places.lock().waiting.is_empty() && places.lock().turn.is_empty());
    }

    #[test]
    fn as_many_as_there_are_places_go_on_at_once() {
        let places = Places::new(2);
        let (first, second) = (places.take(&tenant("a")), places.take(&tenant("a")));
        assert_eq!(places.lock().free, 0);
        drop((first, second));
        assert_eq!(places.lock().free, 2);
    }
}
