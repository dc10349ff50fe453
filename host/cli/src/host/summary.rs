//! What was decided within a second, in one line.

use std::fmt;
use std::time::Duration;

use lictor::{Effect, Fault, Outcome};

use crate::figures::{duration, grouped};

/// Durations that are kept of a second, for their distribution.
const DURATIONS_MAX: usize = 1 << 20;

/// What was decided.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    allowed: u64,
    for_review: u64,
    denied: u64,
    undecided: u64,
    faults: u64,
    refused: u64,
    recalled: u64,
    durations: Vec<Duration>,
}

impl Summary {
    /// Counts what came of a request, and how long it took.
    pub(super) fn count(&mut self, decided: &Result<Outcome, Fault>, took: Duration) {
        match decided {
            Ok(outcome) => self.count_decided(outcome),
            Err(_) => self.undecided += 1,
        }
        if self.durations.len() < DURATIONS_MAX {
            self.durations.push(took);
        }
    }

    fn count_decided(&mut self, outcome: &Outcome) {
        match outcome.decision.effect {
            Effect::Allow => self.allowed += 1,
            Effect::Review => self.for_review += 1,
            // What abstains becomes the tenant's default, so that there is no abstaining here.
            Effect::Deny | Effect::Abstain => self.denied += 1,
        }
        self.recalled += u64::from(outcome.is_recalled());
        let faulted = |it: &&lictor::PolicyOutcome| it.verdict.fault().is_some();
        self.faults += outcome.policies.iter().filter(faulted).count() as u64;
    }

    /// Counts a line that is no request.
    pub(super) fn count_refused(&mut self) {
        self.refused += 1;
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.decided() + self.undecided + self.refused == 0
    }

    /// Whether each line was a request and each request was decided.
    pub(super) fn is_complete(&self) -> bool {
        self.undecided + self.refused == 0
    }

    /// The sum of both, but for the distribution.
    pub(super) fn add(&mut self, other: &Self) {
        self.allowed += other.allowed;
        self.for_review += other.for_review;
        self.denied += other.denied;
        self.undecided += other.undecided;
        self.faults += other.faults;
        self.refused += other.refused;
        self.recalled += other.recalled;
    }

    fn decided(&self) -> u64 {
        self.allowed + self.for_review + self.denied
    }

    /// How long so large a share of them took at most.
    fn quantile(&self, share: f64) -> Option<Duration> {
        let mut sorted = self.durations.clone();
        let last = sorted.len().checked_sub(1)?;
        let at = (last as f64 * share).round() as usize;
        let (_, found, _) = sorted.select_nth_unstable(at.min(last));
        Some(*found)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decided = self.decided();
        let (allowed, for_review) = (grouped(self.allowed), grouped(self.for_review));
        let denied = grouped(self.denied);
        write!(
            f,
            "{} decided: {allowed} allow, {for_review} review, {denied} deny",
            grouped(decided)
        )?;
        if let Some(share) = (self.recalled * 100).checked_div(decided) {
            write!(f, ", {share} % recalled")?;
        }
        if let Some((half, most)) = self.quantile(0.5).zip(self.quantile(0.99)) {
            write!(f, ", p50 {}, p99 {}", duration(half), duration(most))?;
        }
        for (count, what) in [
            (self.faults, "faults of policies"),
            (self.undecided, "not decided"),
            (self.refused, "lines refused"),
        ] {
            if count > 0 {
                write!(f, ", {} {what}", grouped(count))?;
            }
        }
        Ok(())
    }
}
