//! What befell each subject, for at most 4,096 subjects at a time.
//!
//! One chatty agent must not decide about a rollout, so guards count subjects and not requests. All subjects are kept
//! until there are too many; then those stay whose hash begins with one more zero bit (adaptive sampling: M. Wegman, in
//! P. Flajolet, "On adaptive sampling", Computing 43, 1990). Which subjects stay is decided by their hashes alone, never by what
//! befell them, so shares of the sample are shares of all.
//!
//! A subject that was let go can't come back, since its hash has too few zeros for good. So its marks stay in the counts, and
//! every subject in them still stands for itself once: evidence is never thrown away by sampling.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::Cost;
use super::packed;
use crate::rollout::divergence::Divergence;

/// The most subjects whose marks are kept at a time.
pub(crate) const SUBJECTS_MAX: usize = 4_096;

/// Subjects that were counted, and how many of them bear a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SubjectCounts {
    /// Subjects of which at least one pair was compared.
    pub(crate) compared: u64,
    /// Those for which the candidate alone had a fault at least once.
    pub(crate) faulted: u64,
    /// Those for which the sides differed at least once in what the caller may or must do; faults included.
    pub(crate) diverged: u64,
    /// Those for which the candidate was less strict at least once.
    pub(crate) loosened: u64,
    /// Those with a pair of which both sides were really evaluated. The first such pair is their vote on cost.
    pub(crate) timed: u64,
    /// Those whose vote is that the candidate uses too much fuel.
    pub(crate) slower_by_fuel: u64,
    /// Those whose vote is that the candidate takes too much time.
    pub(crate) slower_by_time: u64,
}

impl SubjectCounts {
    fn note(&mut self, marks: Flags) {
        let count = |counter: &mut u64, mark: Flags| {
            *counter = counter.saturating_add(u64::from(marks.has(mark)));
        };
        count(&mut self.faulted, Flags::FAULTED);
        count(&mut self.diverged, Flags::DIVERGED);
        count(&mut self.loosened, Flags::LOOSENED);
        count(&mut self.timed, Flags::TIMED);
        count(&mut self.slower_by_fuel, Flags::SLOWER_BY_FUEL);
        count(&mut self.slower_by_time, Flags::SLOWER_BY_TIME);
    }
}

// --- Marks ---------------------------------------------------------------------------------------------------------

/// The marks that a subject bears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    const FAULTED: Self = Self(1);
    const DIVERGED: Self = Self(1 << 1);
    const LOOSENED: Self = Self(1 << 2);
    const TIMED: Self = Self(1 << 3);
    const SLOWER_BY_FUEL: Self = Self(1 << 4);
    const SLOWER_BY_TIME: Self = Self(1 << 5);
    const ALL: Self = Self((1 << 6) - 1);
    /// What the first really evaluated pair says and no later one changes.
    const VOTE: Self = Self(Self::TIMED.0 | Self::SLOWER_BY_FUEL.0 | Self::SLOWER_BY_TIME.0);

    /// The marks that a pair of this class leaves.
    pub(super) fn of(divergence: Divergence) -> Self {
        let mut flags = Self::default();
        flags.set(Self::DIVERGED, divergence.is_material());
        flags.set(Self::LOOSENED, divergence == Divergence::Loosened);
        flags.set(Self::FAULTED, divergence == Divergence::Faulted);
        flags
    }

    /// The same with a vote on the cost of one pair.
    pub(super) fn with_cost(mut self, cost: &Cost, ratio: f64) -> Self {
        let is_dearer = |candidate: u64, stable: u64| candidate as f64 > ratio * stable as f64;
        self.set(Self::TIMED, true);
        self.set(
            Self::SLOWER_BY_FUEL,
            is_dearer(cost.candidate_fuel, cost.stable_fuel),
        );
        self.set(
            Self::SLOWER_BY_TIME,
            is_dearer(cost.candidate_ns, cost.stable_ns),
        );
        self
    }

    fn set(&mut self, mark: Self, is_set: bool) {
        if is_set {
            self.0 |= mark.0;
        }
    }

    fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    /// Those that are new to a subject that bears the others.
    fn new_to(self, borne: Self) -> Self {
        let counted = if borne.has(Self::TIMED) {
            self.0 & !Self::VOTE.0
        } else {
            self.0
        };
        Self(counted & !borne.0)
    }
}

// --- Sample --------------------------------------------------------------------------------------------------------

/// The sample of subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(super) struct Subjects {
    /// Only hashes that begin with so many zero bits are kept.
    zeros: u32,
    marks: BTreeMap<u64, Flags>,
    counts: SubjectCounts,
}

impl Subjects {
    pub(super) fn counts(&self) -> &SubjectCounts {
        &self.counts
    }

    /// Puts marks on a subject, unless it isn't in the sample.
    pub(super) fn note(&mut self, subject: u64, marks: Flags) {
        if subject.leading_zeros() < self.zeros {
            return;
        }
        let borne = self.marks.entry(subject).or_insert_with(|| {
            self.counts.compared = self.counts.compared.saturating_add(1);
            Flags::default()
        });
        let new = marks.new_to(*borne);
        borne.0 |= new.0;
        self.counts.note(new);
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.marks.len() > SUBJECTS_MAX && self.zeros < u64::BITS {
            self.zeros += 1;
            let zeros = self.zeros;
            self.marks
                .retain(|subject, _| subject.leading_zeros() >= zeros);
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    zeros: u32,
    marks: String,
    counts: SubjectCounts,
}

/// A subject's hash and its marks.
const RECORD_BYTES: usize = 9;

impl From<Subjects> for Stored {
    fn from(subjects: Subjects) -> Self {
        let records = subjects.marks.iter().map(|(subject, marks)| {
            let mut record = [marks.0; RECORD_BYTES];
            for (place, byte) in record.iter_mut().zip(subject.to_be_bytes()) {
                *place = byte;
            }
            record
        });
        Self {
            zeros: subjects.zeros,
            marks: packed::write(records),
            counts: subjects.counts,
        }
    }
}

impl TryFrom<Stored> for Subjects {
    type Error = packed::PackedError;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let mut marks = BTreeMap::new();
        for record in packed::read::<RECORD_BYTES>(&stored.marks, SUBJECTS_MAX)? {
            let [subject @ .., flags] = record;
            marks.insert(u64::from_be_bytes(subject), Flags(flags & Flags::ALL.0));
        }
        if stored.zeros > u64::BITS {
            return Err(packed::PackedError::Malformed);
        }
        Ok(Self {
            zeros: stored.zeros,
            marks,
            counts: stored.counts,
        })
    }
}
