//! Which side a request is on, by the rule that `host/ARCHITECTURE.md` states.

use super::Asked;
use super::plan::{Part, Plan};
use lictor::Strict;

/// Which versions decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Stable,
    Candidate,
    Both,
}

/// Where subjects stand in one rollout.
#[derive(Clone, Debug)]
pub struct Circle([u8; 32]);

impl Circle {
    pub fn new(tenant: &str, rollout: &str) -> Self {
        let mut parts = Vec::new();
        for part in [tenant, rollout] {
            parts.extend((part.len() as u64).to_le_bytes());
            parts.extend(part.bytes());
        }
        Self(blake3::derive_key("lictor rollout split 1", &parts))
    }

    /// Whether a subject is among so many percent.
    pub fn is_within(&self, subject: &str, percent: f64) -> bool {
        let text = format!("t{subject}");
        let hash = blake3::keyed_hash(&self.0, text.as_bytes());
        is_drawn(&hash.as_bytes()[..8], percent / 100.0)
    }

    /// Which versions decide in a phase.
    pub fn choose(&self, plan: &Plan, phase: usize, asked: &Asked) -> Choice {
        let Part::Canary { percent, .. } = plan.phases[phase].part else {
            return Choice::Stable;
        };
        if asked.states_version {
            return Choice::Both;
        }
        let Some(subject) = asked.subject(plan) else {
            return match plan.strict {
                Strict::Off => Choice::Stable,
                _ => Choice::Both,
            };
        };
        let so_far = &plan.phases[..=phase];
        let mut listed = so_far.iter().filter_map(|phase| match &phase.part {
            Part::Canary { subjects, .. } => Some(subjects),
            Part::Shadow => None,
        });
        let is_listed = listed.any(|subjects| subjects.iter().any(|it| it == subject));
        let is_canary = is_listed || self.is_within(subject, percent);
        match (plan.strict, is_canary) {
            (Strict::Off, true) | (Strict::Fleet, true) => Choice::Candidate,
            (Strict::Off, false) | (Strict::Canary, false) => Choice::Stable,
            (Strict::Canary, true) | (Strict::Fleet, false) => Choice::Both,
        }
    }
}

/// Whether a number, given by its first eight bytes, is in the lowest share of all numbers.
pub fn is_drawn(bytes: &[u8], share: f64) -> bool {
    let number = u64::from_le_bytes(bytes.try_into().unwrap());
    share >= 1.0 || (number as f64) < share * 2_f64.powi(64)
}
