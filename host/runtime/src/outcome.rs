//! What came of a request: the decision, and how each policy came to its part of it.

use std::sync::Arc;
use std::time::Duration;

use lictor_engine::Log;
use lictor_policy::{Decision, Fault, Observations};

use crate::binding::{BoundPolicy, Layer};
use crate::decision_id::DecisionId;

/// What came of one request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Names this decision in records and logs.
    pub decision_id: DecisionId,
    /// What the caller must act on.
    pub decision: Decision,
    /// How each policy came to its part, the base layer first, each layer by name.
    pub policies: Vec<PolicyOutcome>,
    /// How long it took from the first policy to the combined decision.
    pub duration: Duration,
}

impl Outcome {
    /// The fuel that all policies used together.
    pub fn fuel_used(&self) -> u64 {
        self.policies.iter().map(|policy| policy.fuel_used).sum()
    }
}

/// How one policy came to its part.
#[derive(Clone, Debug)]
pub struct PolicyOutcome {
    /// Which layer it belongs to.
    pub layer: Layer,
    /// Which policy, version, artifact and revision it was.
    pub bound: Arc<BoundPolicy>,
    /// What it said.
    pub verdict: Verdict,
    /// The fuel that it used, with that of the last good version where it was asked. 0 for the base layer.
    pub fuel_used: u64,
    /// How long it took. 0 for the base layer.
    pub duration: Duration,
    /// What it asked and was answered, in order. Empty for the base layer: its questions are the operator's affair and
    /// stand in the record only.
    pub observations: Observations,
    /// What it wrote for its people.
    pub log: Log,
}

/// What one policy said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The binding doesn't apply to such requests; the policy was not run.
    NotApplicable,
    /// The policy decided.
    Decided(Decision),
    /// The policy had a fault.
    Faulted {
        /// The fault.
        fault: Fault,
        /// What the tenant's failure policy said instead.
        answer: Decision,
        /// The last good version, where it was the one that said it.
        by: Option<Arc<BoundPolicy>>,
    },
}

impl Verdict {
    /// The decision that counts for this policy; none when it doesn't apply.
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Verdict::NotApplicable => None,
            Verdict::Decided(decision)
            | Verdict::Faulted {
                answer: decision, ..
            } => Some(decision),
        }
    }

    /// The fault, if there was one.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Verdict::Faulted { fault, .. } => Some(fault),
            _ => None,
        }
    }
}
