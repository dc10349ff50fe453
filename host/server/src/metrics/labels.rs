//! The labels of what is counted, and where their values come from.

use lictor::{Effect, Fault, Outcome, PolicyOutcome, TenantName};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use super::bounded::Lump;

/// The value of a label whose own found no place.
const OTHER: &str = "other";

/// How a decision came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Recalled,
    Evaluated,
}

impl Source {
    pub(super) fn of(is_recalled: bool) -> Self {
        if is_recalled {
            Source::Recalled
        } else {
            Source::Evaluated
        }
    }
}

impl EncodeLabelValue for Source {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        let word = match self {
            Source::Recalled => "recalled",
            Source::Evaluated => "evaluated",
        };
        EncodeLabelValue::encode(&word, encoder)
    }
}

/// How decisions came about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct SourceLabels {
    pub(super) source: Source,
}

/// A tenant's decisions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DecisionLabels {
    tenant: String,
    effect: &'static str,
    source: Source,
}

impl DecisionLabels {
    pub(super) fn of(tenant: &TenantName, outcome: &Outcome) -> Self {
        Self {
            tenant: tenant.to_string(),
            effect: outcome.decision.effect.as_str(),
            source: Source::of(outcome.is_recalled()),
        }
    }
}

impl Lump for DecisionLabels {
    fn other(&self) -> Self {
        Self {
            tenant: OTHER.to_owned(),
            ..self.clone()
        }
    }
}

/// What one version of a policy says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PolicyLabels {
    tenant: String,
    policy: String,
    version: String,
    effect: &'static str,
    source: Source,
}

impl PolicyLabels {
    pub(super) fn of(tenant: &TenantName, policy: &PolicyOutcome, effect: Effect) -> Self {
        Self {
            tenant: tenant.to_string(),
            policy: policy.bound.policy.to_string(),
            version: policy.bound.version.to_string(),
            effect: effect.as_str(),
            source: Source::of(policy.recalled),
        }
    }
}

impl Lump for PolicyLabels {
    fn other(&self) -> Self {
        Self {
            tenant: OTHER.to_owned(),
            policy: OTHER.to_owned(),
            version: OTHER.to_owned(),
            ..self.clone()
        }
    }
}

/// Faults of one version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct FaultLabels {
    tenant: String,
    policy: String,
    version: String,
    code: &'static str,
    blame: String,
}

impl FaultLabels {
    pub(super) fn of(tenant: &TenantName, policy: &PolicyOutcome, fault: &Fault) -> Self {
        Self {
            tenant: tenant.to_string(),
            policy: policy.bound.policy.to_string(),
            version: policy.bound.version.to_string(),
            code: fault.code(),
            blame: fault.blame().to_string(),
        }
    }
}

impl Lump for FaultLabels {
    fn other(&self) -> Self {
        Self {
            tenant: OTHER.to_owned(),
            policy: OTHER.to_owned(),
            version: OTHER.to_owned(),
            ..self.clone()
        }
    }
}

/// Calls of a tenant that got no decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RefusalLabels {
    tenant: String,
    code: &'static str,
    blame: String,
}

impl RefusalLabels {
    pub(super) fn of(tenant: &TenantName, fault: &Fault) -> Self {
        // A tenant that isn't there has a name that the caller chose.
        let is_known = !matches!(fault, Fault::UnknownTenant { .. });
        Self {
            tenant: if is_known {
                tenant.to_string()
            } else {
                String::new()
            },
            code: fault.code(),
            blame: fault.blame().to_string(),
        }
    }
}

impl Lump for RefusalLabels {
    fn other(&self) -> Self {
        Self {
            tenant: OTHER.to_owned(),
            ..self.clone()
        }
    }
}

/// Answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct AnswerLabels {
    pub(super) path: String,
    pub(super) status: u16,
}
