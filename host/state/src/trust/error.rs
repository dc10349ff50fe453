//! Why something isn't trusted.

use lictor_artifact::{Jump, KeyringError, RollbackError, UpdateError, VerifyError};
use lictor_policy::TenantName;

use crate::error::StateError;

/// Why something isn't trusted, or a change of who is trusted was not made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// No keyring was ever installed.
    #[error(
        "this host has no keyring, so it trusts nobody\nhint: `lictor keys trust --first` makes one"
    )]
    NoKeyring,
    /// A first keyring where there is one.
    #[error(
        "this host has a keyring already, version {version}: the keys that it trusts must sign the next"
    )]
    HasKeyring {
        /// Its version.
        version: u64,
    },
    /// The artifact isn't accepted.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The artifact isn't accepted, and the wall clock is off, which may be why.
    #[error("{source}\nhint: {jump}")]
    VerifyByJumpedClock {
        /// Why it isn't accepted.
        source: VerifyError,
        /// How far the clock is off.
        jump: Jump,
    },
    /// The keyring isn't accepted.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The rollback isn't accepted.
    #[error(transparent)]
    Rollback(#[from] RollbackError),
    /// The rollback was used before.
    #[error("the rollback was used already")]
    UsedRollback,
    /// The tenant has had as many policies as it may.
    #[error("`{tenant}` has had {max} policies of other names, and may have no more")]
    TooManyPolicies {
        /// The tenant.
        tenant: TenantName,
        /// How many it may ever have had.
        max: usize,
    },
    /// The keyring in the store can't be read.
    #[error("the keyring in the state folder is damaged: {0}")]
    Keyring(#[from] KeyringError),
    /// The store can't be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}
