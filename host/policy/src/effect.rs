//! What a policy says about an action.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a policy says about an action, in rising strictness: where several decide, the greatest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The policy has no opinion.
    Abstain,
    /// The action may happen.
    Allow,
    /// A person must approve the action first.
    Review,
    /// The action must not happen.
    Deny,
}

impl Effect {
    /// All effects, mildest first.
    pub const ALL: [Effect; 4] = [Effect::Abstain, Effect::Allow, Effect::Review, Effect::Deny];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Abstain => "abstain",
            Effect::Allow => "allow",
            Effect::Review => "review",
            Effect::Deny => "deny",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_rise_in_strictness() {
        assert!(Effect::ALL.is_sorted());
        assert_eq!(Effect::ALL.iter().max(), Some(&Effect::Deny));
    }
}
