//! The answer of a policy. Must never be more than the contract's record holds.

use crate::effect::Effect;
use crate::obligation::Obligation;
use crate::reason::{Annotations, Reason, find, set};

/// The answer of a policy to one request, built from one of the four effects.
///
/// ```
/// use lictor_sdk::{Decision, Obligation};
///
/// Decision::review()
///     .reason("needs-approval", "an e-mail to a customer needs an approval")
///     .obligation(Obligation::new("approval", "request-approval").property("approvers", "owners"));
/// ```
///
/// The host accepts 64 reasons, 64 obligations, 64 annotations in each place, and 64 KiB over all unless the binding says
/// otherwise. A decision beyond that is a fault of the policy, so messages repeat texts of the request by
/// [`excerpt`](crate::excerpt).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    pub(crate) effect: Effect,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) obligations: Vec<Obligation>,
    pub(crate) annotations: Annotations,
}

impl Decision {
    /// The policy has no opinion.
    pub fn abstain() -> Self {
        Self::of(Effect::Abstain)
    }

    /// The action may happen.
    pub fn allow() -> Self {
        Self::of(Effect::Allow)
    }

    /// A person must approve the action first.
    pub fn review() -> Self {
        Self::of(Effect::Review)
    }

    /// The action must not happen.
    pub fn deny() -> Self {
        Self::of(Effect::Deny)
    }

    /// A decision whose effect is known only when the rule runs.
    pub fn of(effect: Effect) -> Self {
        Self {
            effect,
            reasons: Vec::new(),
            obligations: Vec::new(),
            annotations: Annotations::new(),
        }
    }

    /// Adds a reason: a stable code for machines and a sentence for people. The most important reason comes first.
    pub fn reason(self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.because(Reason::new(code, message))
    }

    /// Adds a reason that has annotations of its own.
    pub fn because(mut self, reason: Reason) -> Self {
        self.reasons.push(reason);
        self
    }

    /// Adds what the caller must also do.
    pub fn obligation(mut self, obligation: Obligation) -> Self {
        self.obligations.push(obligation);
        self
    }

    /// Adds a fact about the decision. A name that is there already gets the new text.
    pub fn annotate(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        set(&mut self.annotations, name.into(), text.into());
        self
    }

    /// Whether the action may happen.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The reasons.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The code of the first reason, which is what a test mostly asks; empty without reasons.
    pub fn code(&self) -> &str {
        self.reasons.first().map_or("", Reason::code)
    }

    /// The obligations.
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        find(&self.annotations, name)
    }
}
