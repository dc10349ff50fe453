//! The policy's own reasons on both sides of a pair. Must never keep a reason's message, which is made of what was asked.

use lictor_policy::{Decision, Effect};
use serde::{Deserialize, Serialize};

use super::label::Label;
use crate::record::Hidden;
use crate::rollout::pair::Pair;

/// What one side said: its effect and its most important reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The effect.
    pub effect: Effect,
    /// The code of the first reason, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Label>,
}

/// What stable said, and what the candidate says instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonChange {
    /// Stable.
    pub stable: Said,
    /// The candidate.
    pub candidate: Said,
}

impl Said {
    fn of(decision: &Decision, hidden: &Hidden) -> Self {
        let first = decision.reasons.first();
        Self {
            effect: decision.effect,
            code: first.map(|reason| Label::value(&hidden.label(&reason.code))),
        }
    }
}

impl ReasonChange {
    pub(super) fn of(pair: &Pair<'_>, hidden: &Hidden) -> Self {
        Self {
            stable: Said::of(pair.stable.decision, hidden),
            candidate: Said::of(pair.candidate.decision, hidden),
        }
    }

    /// Tells changes apart that look different.
    pub(super) fn key(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        for said in [&self.stable, &self.candidate] {
            let code = said.code.as_ref().map(Label::as_str);
            hasher.update(&[said.effect as u8, u8::from(code.is_some())]);
            let code = code.unwrap_or_default();
            hasher.update(&code.len().to_le_bytes());
            hasher.update(code.as_bytes());
        }
        first_bytes(&hasher.finalize())
    }
}

/// The first 8 bytes of a hash as a number.
pub(super) fn first_bytes(hash: &blake3::Hash) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} `{code}`", self.effect),
            None => write!(f, "{}", self.effect),
        }
    }
}

/// deny `over-limit` → allow `within-limit`
impl std::fmt::Display for ReasonChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {}", self.stable, self.candidate)
    }
}
