//! How many pairs there were, by class, and what both sides cost. Must never wrap: a counter that is full stays full.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::divergence::Divergence;
use crate::rollout::pair::Pair;

/// Pairs by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Counts {
    /// Pairs whose decisions are equal.
    pub(crate) same: u64,
    /// Pairs that differ in words only.
    pub(crate) reworded: u64,
    /// Pairs where the candidate is stricter.
    pub(crate) tightened: u64,
    /// Pairs where the candidate is less strict.
    pub(crate) loosened: u64,
    /// Pairs where the candidate alone had a fault.
    pub(crate) faulted: u64,
    /// Pairs that were to be compared, and were not.
    pub(crate) dropped: u64,
    /// What the pairs cost of which both sides were really evaluated.
    pub(crate) cost: Cost,
}

impl Counts {
    /// All pairs that were compared.
    pub(crate) fn pairs(&self) -> u64 {
        Divergence::ALL
            .into_iter()
            .fold(0, |sum: u64, class| sum.saturating_add(self.of(class)))
    }

    /// The pairs of a class.
    pub(crate) fn of(&self, class: Divergence) -> u64 {
        match class {
            Divergence::Same => self.same,
            Divergence::Reworded => self.reworded,
            Divergence::Tightened => self.tightened,
            Divergence::Loosened => self.loosened,
            Divergence::Faulted => self.faulted,
        }
    }

    pub(super) fn note(&mut self, class: Divergence) {
        let count = match class {
            Divergence::Same => &mut self.same,
            Divergence::Reworded => &mut self.reworded,
            Divergence::Tightened => &mut self.tightened,
            Divergence::Loosened => &mut self.loosened,
            Divergence::Faulted => &mut self.faulted,
        };
        *count = count.saturating_add(1);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.same = self.same.saturating_add(other.same);
        self.reworded = self.reworded.saturating_add(other.reworded);
        self.tightened = self.tightened.saturating_add(other.tightened);
        self.loosened = self.loosened.saturating_add(other.loosened);
        self.faulted = self.faulted.saturating_add(other.faulted);
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.cost.add(&other.cost);
    }
}

/// What pairs cost of which both sides were really evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cost {
    /// How many pairs.
    pub(crate) pairs: u64,
    /// Stable's fuel.
    pub(crate) stable_fuel: u64,
    /// The candidate's fuel.
    pub(crate) candidate_fuel: u64,
    /// Stable's time in nanoseconds.
    pub(crate) stable_ns: u64,
    /// The candidate's time in nanoseconds.
    pub(crate) candidate_ns: u64,
}

impl Cost {
    pub(super) fn of(pair: &Pair<'_>) -> Self {
        Self {
            pairs: 1,
            stable_fuel: pair.stable.fuel_used,
            candidate_fuel: pair.candidate.fuel_used,
            stable_ns: nanoseconds(pair.stable.duration),
            candidate_ns: nanoseconds(pair.candidate.duration),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.pairs = self.pairs.saturating_add(other.pairs);
        self.stable_fuel = self.stable_fuel.saturating_add(other.stable_fuel);
        self.candidate_fuel = self.candidate_fuel.saturating_add(other.candidate_fuel);
        self.stable_ns = self.stable_ns.saturating_add(other.stable_ns);
        self.candidate_ns = self.candidate_ns.saturating_add(other.candidate_ns);
    }

    /// How many times stable's fuel the candidate used; none where stable used none.
    pub(crate) fn fuel_ratio(&self) -> Option<f64> {
        ratio(self.candidate_fuel, self.stable_fuel)
    }

    /// How many times stable's time the candidate took; none where stable took none.
    pub(crate) fn time_ratio(&self) -> Option<f64> {
        ratio(self.candidate_ns, self.stable_ns)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn ratio(candidate: u64, stable: u64) -> Option<f64> {
    (stable > 0).then(|| candidate as f64 / stable as f64)
}
