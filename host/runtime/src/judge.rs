//! What answers when a policy has a fault. There is no `allow` among the answers.

use lictor_policy::{Decision, Effect, Fault, PolicyName};
use serde::{Deserialize, Serialize};

/// What answers for a policy that has a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailurePolicy {
    /// The action must not happen.
    #[default]
    Deny,
    /// A person must approve the action.
    Review,
    /// The version before this one that has decided without a fault decides this request; where there is none, or it has a
    /// fault too, the action must not happen.
    LastGood,
}

impl FailurePolicy {
    /// The decision in the place of one that a fault prevented.
    pub(crate) fn decision(self, policy: &PolicyName, fault: &Fault) -> Decision {
        let effect = match self {
            FailurePolicy::Review => Effect::Review,
            FailurePolicy::Deny | FailurePolicy::LastGood => Effect::Deny,
        };
        let message = format!("the policy `{policy}` gave no decision: {fault}");
        let mut decision = Decision::because(effect, "lictor:fault", message);
        if let Some(reason) = decision.reasons.first_mut() {
            reason.annotations = vec![
                ("policy".to_owned(), policy.to_string()),
                ("fault".to_owned(), fault.code().to_owned()),
                ("blame".to_owned(), fault.blame().to_string()),
            ];
        }
        decision
    }
}

/// The decision in the place of one of the base layer. It says which kind of fault there was, but not what was asked: that
/// is the operator's affair.
pub(crate) fn operators_fault(fault: &Fault) -> Decision {
    let mut decision = Decision::because(
        Effect::Deny,
        "lictor:fault",
        "a policy of the operator gave no decision",
    );
    if let Some(reason) = decision.reasons.first_mut() {
        reason.annotations = vec![("fault".to_owned(), fault.code().to_owned())];
    }
    decision
}

/// The decision of a tenant none of whose policies has an opinion.
pub(crate) fn undecided(effect: Effect) -> Decision {
    Decision::because(
        effect,
        "lictor:default",
        "no policy has an opinion on this request",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_never_allows() {
        let policy: PolicyName = "spend-limit".parse().unwrap();
        for on_failure in [
            FailurePolicy::Deny,
            FailurePolicy::Review,
            FailurePolicy::LastGood,
        ] {
            let decision = on_failure.decision(&policy, &Fault::StackExhausted);
            assert!(decision.effect > Effect::Allow);
            assert_eq!(decision.reasons[0].code, "lictor:fault");
        }
    }
}
