//! What an embedder can read about recalling.

use std::sync::Arc;

use lictor_policy::{Observations, Question, TenantName};

use crate::binding::BoundPolicy;

/// How often policies were recalled, and why not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecallCounts {
    /// Policies whose decision was recalled.
    pub hits: u64,
    /// Policies that were looked for in memory, and evaluated.
    pub misses: u64,
    /// Of the misses, those that no memory could have answered: the policy asks for the time itself or more than 256
    /// questions, has hardly any fuel left when it decides, or has contradicted itself before. Each decision counts, not only
    /// the first of its kind.
    pub unrecallable: u64,
    /// Evaluations that found no room.
    pub refused: u64,
    /// Remembered decisions that were forgotten to make room.
    pub forgotten: u64,
}

impl RecallCounts {
    /// The share of the policies that were looked for in memory whose decision was recalled; 0 of none.
    pub fn hit_ratio(&self) -> f64 {
        let asked = self.hits + self.misses;
        if asked == 0 {
            return 0.0;
        }
        self.hits as f64 / asked as f64
    }
}

/// What a host remembers, over all tenants.
#[derive(Clone, Debug, Default)]
pub struct RecallReport {
    /// How often it recalled.
    pub counts: RecallCounts,
    /// Bytes that all memories take together.
    pub bytes: usize,
    /// Recalled decisions that were evaluated again, and came out the same.
    pub proved: u64,
    /// Recalled decisions that were to be evaluated again, and were not: too many were waiting, or the host was busy.
    pub unproved: u64,
    /// How often a policy was found to decide or ask otherwise than it did before.
    pub contradictions: u64,
    /// The last of these, the oldest first; at most 64.
    pub distrusted: Vec<Distrust>,
}

/// What a host remembers of one tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantRecall {
    /// How often it recalled.
    pub counts: RecallCounts,
    /// Remembered evaluations.
    pub entries: usize,
    /// Bytes that they take.
    pub bytes: usize,
    /// The questions, those first whose answers differ most.
    pub fan_out: Vec<FanOut>,
}

/// How many different answers to a question are remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FanOut {
    /// The question.
    pub question: Question,
    /// At how many places it is asked: after how many different answers to the questions before it.
    pub places: usize,
    /// The different answers over all places.
    pub answers: u64,
    /// The most different answers at one place.
    pub answers_max: u32,
}

impl FanOut {
    pub(super) fn of(question: Question) -> Self {
        Self {
            question,
            places: 0,
            answers: 0,
            answers_max: 0,
        }
    }

    pub(super) fn add(&mut self, answers: u32) {
        self.places += 1;
        self.answers += u64::from(answers);
        self.answers_max = self.answers_max.max(answers);
    }
}

/// A policy that is no longer recalled, because it contradicted itself.
#[derive(Clone, Debug)]
pub struct Distrust {
    /// Whose policy it is.
    pub tenant: TenantName,
    /// Which policy, version, artifact and revision.
    pub bound: Arc<BoundPolicy>,
    /// The time of the request at which it was found, in milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: u64,
    /// What the policy asked and was answered when it was found out.
    pub observations: Arc<Observations>,
    /// What it had asked and been answered before, where a recalled decision was evaluated again.
    pub remembered: Option<Arc<Observations>>,
}
