//! What a policy says about an action.

/// What a policy says about the action, in rising strictness. Where several policies decide, the strictest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
