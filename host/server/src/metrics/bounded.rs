//! A family of counters whose labels are bounded in number, so that many tenants with many versions can't fill the memory of
//! the host, or of whoever collects.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// The most sets of labels of one family.
pub(super) const SETS_MAX: usize = 20_000;

/// Labels that can be lumped together.
pub(super) trait Lump {
    /// The labels of all that found no place of their own.
    fn other(&self) -> Self;
}

/// Counters by their labels.
#[derive(Debug)]
pub(super) struct Bounded<L> {
    family: Family<L, Counter>,
    /// How many more may have a counter of their own.
    places: AtomicUsize,
}

impl<L: Clone + Debug + Eq + Hash> Default for Bounded<L> {
    fn default() -> Self {
        Self::new(SETS_MAX)
    }
}

impl<L: Clone + Debug + Eq + Hash> Bounded<L> {
    pub(super) fn new(sets_max: usize) -> Self {
        Self {
            family: Family::default(),
            places: AtomicUsize::new(sets_max),
        }
    }

    /// For a registry.
    pub(super) fn family(&self) -> Family<L, Counter> {
        self.family.clone()
    }
}

impl<L: Clone + Debug + Eq + Hash + Lump> Bounded<L> {
    /// Counts so many for these labels, or for all others where too many have a counter.
    pub(super) fn add(&self, labels: &L, count: u64) {
        if let Some(counter) = self.family.get(labels) {
            counter.inc_by(count);
            return;
        }
        // Threads that meet at new labels can each take a place for them, so there are at most fewer than the bound.
        let order = Ordering::Relaxed;
        let taken = self
            .places
            .try_update(order, order, |places| places.checked_sub(1));
        let other = taken.is_err().then(|| labels.other());
        let labels = other.as_ref().unwrap_or(labels);
        self.family.get_or_create(labels).inc_by(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Lump for String {
        fn other(&self) -> Self {
            "other".to_owned()
        }
    }

    #[test]
    fn what_finds_no_place_is_counted_together() {
        let bounded: Bounded<String> = Bounded::new(3);
        for number in 0..10 {
            bounded.add(&format!("label-{number}"), 1);
        }
        bounded.add(&"label-0".to_owned(), 5);
        let family = bounded.family();
        let count = |label: &str| family.get(&label.to_owned()).map(|it| it.get());
        assert_eq!([count("label-0"), count("label-2")], [Some(6), Some(1)]);
        assert_eq!([count("label-3"), count("other")], [None, Some(7)]);
    }
}
