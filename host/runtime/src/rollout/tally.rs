//! The numbers that a rollout is judged by: pairs by class, and what befell the subjects.
//!
//! Must never grow beyond its bounds, however many subjects there are, and never keep anything of a request but the number
//! that names its subject.

mod counts;
mod loosened;
mod packed;
mod subjects;

pub(crate) use counts::{Cost, Counts};
pub(crate) use loosened::{LOOSENED_SUBJECTS_MAX, LoosenedSubjects};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use subjects::SUBJECTS_MAX;
pub(crate) use subjects::SubjectCounts;
use subjects::{Flags, Subjects};

use super::divergence::Divergence;
use super::guard::Guards;
use super::pair::Pair;

/// The most bytes that a tally takes in memory, and the most that it takes as JSON: 4,096 subjects of the sample and 10,000
/// loosened ones, each in a B-tree that may be half empty, or in 12 and 11 characters.
#[cfg(test)]
pub(crate) const TALLY_BYTES_MAX: usize = 512 * 1024;

/// What the pairs of a rollout came to: in this phase, and over all of its phases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tally {
    phase: Counts,
    earlier: Counts,
    subjects: Subjects,
    loosened: LoosenedSubjects,
    latency_ratio: Option<f64>,
}

impl Tally {
    /// Nothing yet, to be judged by these guards: whether a pair counts as slower is decided when it is recorded.
    pub(crate) fn new(guards: &Guards) -> Self {
        Self {
            phase: Counts::default(),
            earlier: Counts::default(),
            subjects: Subjects::default(),
            loosened: LoosenedSubjects::default(),
            latency_ratio: guards.latency_ratio,
        }
    }

    /// Begins a phase with guards of its own. The subjects are counted anew; what was counted stays in [`Tally::total`].
    pub(crate) fn reset(&mut self, guards: &Guards) {
        let mut earlier = self.earlier;
        earlier.add(&self.phase);
        *self = Self {
            earlier,
            ..Self::new(guards)
        };
    }

    /// Counts a pair, and says how its sides differ.
    pub(crate) fn record(&mut self, pair: &Pair<'_>) -> Divergence {
        let divergence = Divergence::of(pair);
        self.phase.note(divergence);
        let mut flags = Flags::of(divergence);
        if pair.is_evaluated() {
            let cost = Cost::of(pair);
            self.phase.cost.add(&cost);
            flags = flags.with_cost(&cost, self.latency_ratio.unwrap_or(f64::INFINITY));
        }
        self.subjects.note(pair.subject, flags);
        if divergence == Divergence::Loosened {
            self.loosened.note(pair.subject);
        }
        divergence
    }

    /// Counts pairs that were to be compared, and were not: too many were waiting.
    pub(crate) fn drop_pairs(&mut self, pairs: u64) {
        self.phase.dropped = self.phase.dropped.saturating_add(pairs);
    }

    /// The pairs of this phase.
    pub(crate) fn phase(&self) -> &Counts {
        &self.phase
    }

    /// The pairs of all phases.
    pub(crate) fn total(&self) -> Counts {
        let mut total = self.earlier;
        total.add(&self.phase);
        total
    }

    /// What befell the subjects of this phase that are counted; 4,096 and more of them are a sample.
    pub(crate) fn subjects(&self) -> &SubjectCounts {
        self.subjects.counts()
    }

    /// The subjects of this phase that were loosened for, each once.
    pub(crate) fn loosened(&self) -> &LoosenedSubjects {
        &self.loosened
    }

    /// How many times stable's cost a pair must cost to count as slower; none where nobody asks.
    pub(crate) fn latency_ratio(&self) -> Option<f64> {
        self.latency_ratio
    }
}

#[cfg(test)]
mod tests;
