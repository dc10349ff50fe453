//! Requests that meet at the same missing node: one evaluates, the others wait for it and then look again for themselves.
//!
//! Must never pass a decision from one request to another: what a waiting request gets is only the news that it may look.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::fast::FixedState;

/// The evaluations under way, by the place whose node is missing.
#[derive(Debug, Default)]
pub(super) struct Flights {
    open: Arc<Mutex<Open>>,
}

/// Each with those who wait for it, where somebody does: most evaluations are awaited by nobody, and telling nobody takes a
/// system call. The places are hashes already, of a seed that nobody outside knows.
type Open = HashMap<u64, Option<Arc<Flight>>, FixedState>;

/// One evaluation that somebody waits for.
#[derive(Debug, Default)]
struct Flight {
    /// What came of it, once it has ended.
    ended: Mutex<Option<News>>,
    ending: Condvar,
}

/// What came of an evaluation, for those who waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It is remembered, so that it can be found.
    Remembered,
    /// It can't be recalled, and no other like it can.
    Unrecallable,
    /// It came to no decision, or found no room. Another one may have more luck.
    Failed,
}

/// What a request does about a missing node.
pub(crate) enum Turn {
    /// It evaluates.
    Lead(Lead),
    /// Another one has evaluated, and this came of it; never [`News::Failed`].
    Look(News),
    /// Another one evaluates for longer than the request may wait.
    Alone,
}

enum Joined {
    Lead(Lead),
    Follow(Arc<Flight>),
}

/// The duty to evaluate. However it ends, those who wait go on.
pub(crate) struct Lead {
    open: Arc<Mutex<Open>>,
    place: u64,
    news: News,
}

impl Flights {
    /// Leads, or waits for the one who does. Of those who wait for one who failed, one leads next and the others wait for that
    /// one. Before each wait, `left` says how long it may be.
    pub(super) fn take_turn(&self, place: u64, mut left: impl FnMut() -> Duration) -> Turn {
        loop {
            let flight = match self.join(place) {
                Joined::Lead(lead) => return Turn::Lead(lead),
                Joined::Follow(flight) => flight,
            };
            match flight.wait(left()) {
                Some(News::Failed) => {}
                Some(news) => return Turn::Look(news),
                None => return Turn::Alone,
            }
        }
    }

    fn join(&self, place: u64) -> Joined {
        match lock(&self.open).entry(place) {
            Entry::Occupied(mut flight) => {
                Joined::Follow(Arc::clone(flight.get_mut().get_or_insert_default()))
            }
            Entry::Vacant(free) => {
                free.insert(None);
                Joined::Lead(Lead {
                    open: Arc::clone(&self.open),
                    place,
                    news: News::Failed,
                })
            }
        }
    }
}

impl Flight {
    /// Waits until the evaluation has ended, so long at most, and says what came of it.
    fn wait(&self, at_most: Duration) -> Option<News> {
        let (ended, _) = self
            .ending
            .wait_timeout_while(lock(&self.ended), at_most, |ended| ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        *ended
    }
}

impl Lead {
    /// Ends the evaluation and says what came of it. One that is dropped has failed.
    pub(crate) fn end(mut self, news: News) {
        self.news = news;
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let awaited = lock(&self.open).remove(&self.place).flatten();
        if let Some(flight) = awaited {
            *lock(&flight.ended) = Some(self.news);
            flight.ending.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is one assignment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    /// Long enough that only a lost message makes it pass.
    const LONG: Duration = Duration::from_secs(60);

    fn lead(flights: &Flights, place: u64) -> Lead {
        match flights.take_turn(place, || panic!("nobody else is there")) {
            Turn::Lead(lead) => lead,
            _ => panic!("nobody else is there"),
        }
    }

    /// Requests that have all begun to wait for the one that leads.
    fn follow<T: Send + 'static>(
        flights: &Arc<Flights>,
        count: usize,
        then: impl Fn(Turn) -> T + Clone + Send + 'static,
    ) -> Vec<thread::JoinHandle<T>> {
        let waiting = Arc::new(Barrier::new(count + 1));
        let followers = (0..count)
            .map(|_| {
                let (flights, waiting) = (Arc::clone(flights), Arc::clone(&waiting));
                let then = then.clone();
                thread::spawn(move || {
                    let mut waits = 0;
                    let turn = flights.take_turn(7, || {
                        waits += 1;
                        // It has joined already: what it waits for can't be missed.
                        if waits == 1 {
                            waiting.wait();
                        }
                        LONG
                    });
                    then(turn)
                })
            })
            .collect();
        waiting.wait();
        followers
    }

    #[test]
    fn one_leads_and_the_others_learn_what_came_of_it() {
        for news in [News::Remembered, News::Unrecallable] {
            let flights = Arc::new(Flights::default());
            let leading = lead(&flights, 7);
            let followers = follow(&flights, 4, |turn| match turn {
                Turn::Look(news) => Some(news),
                _ => None,
            });
            drop(lead(&flights, 8));
            leading.end(news);
            for follower in followers {
                assert_eq!(follower.join().unwrap(), Some(news));
            }
            drop(lead(&flights, 7));
        }
    }

    #[test]
    fn after_one_that_fails_the_others_lead_one_by_one() {
        let flights = Arc::new(Flights::default());
        let leading = lead(&flights, 7);
        let at_once = Arc::new(AtomicUsize::new(0));
        let followers = follow(&flights, 8, {
            let at_once = Arc::clone(&at_once);
            move |turn| {
                let Turn::Lead(lead) = turn else {
                    return false;
                };
                let alone = at_once.fetch_add(1, Ordering::SeqCst) == 0;
                for _ in 0..100 {
                    thread::yield_now();
                }
                at_once.fetch_sub(1, Ordering::SeqCst);
                lead.end(News::Failed);
                alone
            }
        });
        leading.end(News::Failed);
        assert!(followers.into_iter().all(|it| it.join().unwrap()));
    }

    #[test]
    fn one_that_panics_lets_the_others_go() {
        let flights = Arc::new(Flights::default());
        let leading = lead(&flights, 7);
        let followers = follow(&flights, 1, |turn| matches!(turn, Turn::Lead(_)));
        let panicked = thread::spawn(move || {
            let _leading = leading;
            panic!("as a bug of this host would");
        });
        assert!(panicked.join().is_err());
        assert!(followers.into_iter().all(|it| it.join().unwrap()));
    }

    #[test]
    fn nobody_waits_longer_than_it_may() {
        let flights = Flights::default();
        let _leading = lead(&flights, 7);
        let turn = flights.take_turn(7, || Duration::ZERO);
        assert!(matches!(turn, Turn::Alone));
    }
}
