//! What came of a request: the decision, and how each policy came to its part of it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use lictor_engine::Log;
use lictor_policy::{Decision, Effect, Fault, Observations, PolicyName, stricter, tighten};
use smallvec::SmallVec;

use crate::binding::{BoundPolicy, Layer, Side};
use crate::decision_id::DecisionId;
use crate::suspend::SUSPENDED;

/// What came of one request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Names this decision in records and logs.
    pub decision_id: DecisionId,
    /// What the caller must act on.
    pub decision: Arc<Decision>,
    /// How each policy came to its part, the base layer first, each layer by name. Where the stricter of two versions counts,
    /// those that only the other one has follow, in the same order.
    pub policies: Policies,
    /// How long it took from the first policy that was evaluated to the combined decision; 0 where all were recalled.
    pub duration: Duration,
}

/// How each policy came to its part. A usual number of them needs no memory of its own.
pub type Policies = SmallVec<[PolicyOutcome; 3]>;

impl Outcome {
    /// Whether no policy was evaluated for this decision, and at least one was recalled.
    pub fn is_recalled(&self) -> bool {
        let mut policies = self.policies.iter();
        let applying = policies
            .clone()
            .filter(|policy| policy.verdict != Verdict::NotApplicable);
        policies.any(|policy| policy.recalled) && applying.clone().all(|policy| policy.recalled)
    }

    /// What one of the tenant's policies says together with the base layer, which can only tighten it: the decision for a caller
    /// that asks for this policy alone. Where two versions of it were asked, the stricter one counts. Nothing where the policy
    /// isn't there, doesn't apply or abstains, and the base layer has nothing against it. Where the agent or the tenant is
    /// suspended, no policy was asked, and that is the answer.
    pub fn of_policy(&self, policy: &PolicyName) -> Option<Decision> {
        if self.policies.is_empty() && self.decision.reasons.iter().any(|it| it.code == SUSPENDED) {
            return Some(Decision::clone(&self.decision));
        }
        let said = |layer: Layer| {
            let of_layer = self.policies.iter().filter(move |it| it.layer == layer);
            of_layer.filter_map(|it| Some((&it.bound.policy, &**it.verdict.decision()?)))
        };
        let own = said(Layer::Tenant).filter(|(name, _)| *name == policy);
        let own = own.fold(Decision::bare(Effect::Abstain), |before, (_, decision)| {
            stricter(&before, decision)
        });
        let decision = tighten(own, said(Layer::Base).map(|(_, decision)| decision));
        (decision.effect != Effect::Abstain).then_some(decision)
    }

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
    /// Which version of it: stable, or a rollout's candidate.
    pub side: Side,
    /// Which policy, version, artifact and revision it was.
    pub bound: Arc<BoundPolicy>,
    /// What it said.
    pub verdict: Verdict,
    /// Whether what it said was recalled: it was not run, because its questions have the answers that they had before. Then it
    /// used no fuel and no time and wrote no lines, and the observations are those that were found to hold again.
    pub recalled: bool,
    /// The fuel that it used, with that of the last good version where it was asked. 0 for the base layer.
    pub fuel_used: u64,
    /// How long it took. 0 for the base layer.
    pub duration: Duration,
    /// What it asked and was answered, in order. Empty for the base layer: its questions are the operator's affair and
    /// stand in the record only.
    pub observations: Arc<Observations>,
    /// What it wrote for its people.
    pub log: Log,
}

/// What one policy said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The binding doesn't apply to such requests; the policy was not run.
    NotApplicable,
    /// The policy decided.
    Decided(Arc<Decision>),
    /// The policy had a fault.
    Faulted {
        /// The fault, which few decisions have and all would have to carry.
        fault: Box<Fault>,
        /// What the tenant's failure policy said instead.
        answer: Arc<Decision>,
        /// The last good version, where it was the one that said it.
        by: Option<Arc<BoundPolicy>>,
    },
}

impl Verdict {
    /// The decision that counts for this policy; none when it doesn't apply.
    pub fn decision(&self) -> Option<&Arc<Decision>> {
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

/// No observations, without memory of their own.
pub(crate) fn nothing_asked() -> Arc<Observations> {
    static NOTHING: LazyLock<Arc<Observations>> = LazyLock::new(Arc::default);
    Arc::clone(&NOTHING)
}
