//! What is counted about recalling, so that counting doesn't slow it down: each thread has one of several counters.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use super::report::RecallCounts;

/// One tenant's counters.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) hits: Spread,
    pub(super) misses: Counter,
    pub(super) unrecallable: Counter,
    pub(super) refused: Counter,
    pub(super) forgotten: Counter,
}

impl Counts {
    pub(super) fn read(&self) -> RecallCounts {
        RecallCounts {
            hits: self.hits.read(),
            misses: self.misses.read(),
            unrecallable: self.unrecallable.read(),
            refused: self.refused.read(),
            forgotten: self.forgotten.read(),
        }
    }
}

/// A number that grows now and then.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        self.add_many(1);
    }

    pub(super) fn add_many(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many counters stand for a number that grows with each recalled decision.
const SPREAD: usize = 4;

/// A number that many threads make grow all the time.
#[derive(Debug, Default)]
pub(super) struct Spread([CachePadded<AtomicU64>; SPREAD]);

impl Spread {
    pub(super) fn add_many(&self, count: u64) {
        if let Some(counter) = self.0.get(thread_number() % SPREAD) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    fn read(&self) -> u64 {
        self.0
            .iter()
            .map(|counter| counter.load(Ordering::Relaxed))
            .sum()
    }
}

/// The number of this thread, in the order in which threads came here first.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| match number.get() {
        Some(number) => number,
        None => {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(next));
            next
        }
    })
}
