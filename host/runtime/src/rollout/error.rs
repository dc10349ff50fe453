//! Why something that an operator asked of a rollout was not done.

use lictor_policy::{DocumentName, PolicyName, RolloutName, TenantName, Version};
use lictor_state::TrustError;

use super::progress::MoveError;
use super::running::ROLLOUTS_MAX;
use crate::error::{BindError, HostError};

/// Why a rollout was not begun or moved; nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RolloutError {
    /// Something about the tenant or its documents.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A binding is refused.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The tenant has no such rollout.
    #[error("`{tenant}` has no rollout `{rollout}`")]
    Unknown {
        /// The tenant.
        tenant: TenantName,
        /// What was asked for.
        rollout: RolloutName,
    },
    /// The tenant has such a rollout already.
    #[error("`{tenant}` has a rollout `{rollout}` already")]
    Exists {
        /// The tenant.
        tenant: TenantName,
        /// The name.
        rollout: RolloutName,
    },
    /// As many rollouts run as may.
    #[error(
        "`{tenant}` has {ROLLOUTS_MAX} rollouts that aren't over, which is the most that may be"
    )]
    TooMany {
        /// The tenant.
        tenant: TenantName,
    },
    /// It would change nothing.
    #[error("the rollout would change nothing")]
    Nothing,
    /// A policy or document stands in it twice.
    #[error("`{name}` stands in the rollout twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// A MAJOR version by a plan that lets it decide before it was compared.
    #[error(
        "`{policy}` {to} is a MAJOR change from {from}: it needs a plan that starts in shadow, and `{plan}` does not\nhint: use the plan `careful`"
    )]
    Major {
        /// The policy.
        policy: PolicyName,
        /// The stable version.
        from: Box<Version>,
        /// The new version.
        to: Box<Version>,
        /// The plan.
        plan: String,
    },
    /// Another artifact with the version of the stable one.
    #[error(
        "`{policy}` {version} is in use with another artifact: a change needs a version of its own"
    )]
    SameVersion {
        /// The policy.
        policy: PolicyName,
        /// The version.
        version: Box<Version>,
    },
    /// A policy is to be taken away that isn't there.
    #[error("the policy `{policy}` is not bound")]
    UnknownPolicy {
        /// The policy.
        policy: PolicyName,
    },
    /// A document is to be taken away that isn't there.
    #[error("there is no document `{document}`")]
    UnknownDocument {
        /// The document.
        document: DocumentName,
    },
    /// The move isn't legal where the rollout stands.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// What the rollout had replaced has been replaced again.
    #[error(
        "`{name}` was replaced again since the rollout `{rollout}`, so it can't be rolled back\nhint: roll back what came later first, or deploy the old version again"
    )]
    Superseded {
        /// The rollout.
        rollout: RolloutName,
        /// The policy or document.
        name: String,
    },
    /// The candidate isn't trusted any more, or the state folder can't be written.
    #[error(transparent)]
    Trust(#[from] TrustError),
}
