//! An operator's word that something older may take the place of something newer.
//!
//! It names both versions and when it ends. Must never be good twice: what it goes back from must be in use, and whoever keeps
//! the state strikes it off by its digest once it was used.

use lictor_policy::{Digest, PolicyName, TenantName, Version};
use serde::{Deserialize, Serialize};

use super::{Keyring, Standing};
use crate::envelope::{Envelope, Kind};
use crate::{EnvelopeError, KeyId, PrivateKey, UnixMs};

const KIND: Kind = Kind {
    payload_type: "application/vnd.lictor.rollback.v1+json",
    payload_bytes_max: 4 << 10,
};

/// What may go back, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum RollbackClaim {
    /// A tenant may install a lower version of a policy.
    Policy {
        /// Whose policy.
        tenant: TenantName,
        /// Which policy.
        policy: PolicyName,
        /// The highest version seen so far.
        from: Version,
        /// The version that may be installed.
        to: Version,
        /// The last moment at which it may be used.
        not_after_unix_ms: UnixMs,
    },
    /// An older keyring may be put in place.
    Keyring {
        /// The version in use.
        from: u64,
        /// The version that may follow it.
        to: u64,
        /// The digest of the keyring that may follow it.
        digest: Digest,
        /// The last moment at which it may be used.
        not_after_unix_ms: UnixMs,
    },
}

/// A rollback with signatures that nobody has checked.
#[derive(Clone)]
pub struct SignedRollback {
    claim: RollbackClaim,
    envelope: Envelope,
}

/// A rollback that a keyring vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    claim: RollbackClaim,
    digest: Digest,
}

/// Why a rollback is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollbackError {
    /// The envelope is refused.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It isn't JSON of the right shape, or spelled another way.
    #[error("the rollback isn't one: {0}")]
    Shape(String),
    /// A known key's signature is bad.
    #[error("the signature of `{0}` is bad")]
    BadSignature(KeyId),
    /// Too few keys that the keyring trusts for it signed it.
    #[error("{needed} keys must sign a rollback, {counted} did")]
    Threshold {
        /// How many are needed.
        needed: u32,
        /// How many counted.
        counted: u32,
        /// All signatures, with what each counted for.
        signatures: Vec<(KeyId, Standing)>,
    },
    /// It could be used until then.
    #[error("the rollback could be used until {0}")]
    Expired(UnixMs),
}

impl SignedRollback {
    /// Signs a claim.
    ///
    /// # Errors
    /// The claim can't be written.
    pub fn new(claim: RollbackClaim, key: &PrivateKey) -> Result<Self, RollbackError> {
        let mut envelope = Envelope::unsigned(KIND.payload_type, encode(&claim)?);
        envelope.sign(key)?;
        Ok(Self { claim, envelope })
    }

    /// Adds a signature.
    ///
    /// # Errors
    /// There are too many.
    pub fn sign(&mut self, key: &PrivateKey) -> Result<(), EnvelopeError> {
        self.envelope.sign(key)
    }

    /// Reads an envelope in its one encoding.
    ///
    /// # Errors
    /// The envelope or the claim in it is refused.
    pub fn parse(text: &[u8]) -> Result<Self, RollbackError> {
        let envelope = Envelope::decode(text, KIND)?;
        let claim: RollbackClaim = serde_json::from_slice(envelope.payload())
            .map_err(|error| RollbackError::Shape(error.to_string()))?;
        if encode(&claim)? != envelope.payload() {
            return Err(RollbackError::Shape(
                "it isn't in its one encoding".to_owned(),
            ));
        }
        Ok(Self { claim, envelope })
    }

    /// The envelope's one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.envelope.encode()
    }

    /// What it claims, which nobody has vouched for.
    pub fn unchecked(&self) -> &RollbackClaim {
        &self.claim
    }
}

fn encode(claim: &RollbackClaim) -> Result<Vec<u8>, RollbackError> {
    serde_json::to_vec(claim).map_err(|error| RollbackError::Shape(error.to_string()))
}

impl Rollback {
    /// What may go back.
    pub fn claim(&self) -> &RollbackClaim {
        &self.claim
    }

    /// What names it, for striking it off once it was used. Signatures don't change it.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl RollbackClaim {
    fn not_after(&self) -> UnixMs {
        match self {
            Self::Policy {
                not_after_unix_ms, ..
            }
            | Self::Keyring {
                not_after_unix_ms, ..
            } => *not_after_unix_ms,
        }
    }
}

impl Keyring {
    /// A rollback that enough keys signed which this keyring trusts for updates.
    ///
    /// # Errors
    /// Too few signed it, a signature is bad, or its time is over.
    pub fn check_rollback(
        &self,
        signed: &SignedRollback,
        now: UnixMs,
    ) -> Result<Rollback, RollbackError> {
        let tally = self
            .tally_updaters(&signed.envelope, now)
            .map_err(RollbackError::BadSignature)?;
        let needed = self.update_threshold();
        if !tally.reaches(needed) {
            return Err(RollbackError::Threshold {
                needed,
                counted: tally.counted().count() as u32,
                signatures: tally.into_signatures(),
            });
        }
        let not_after = signed.claim.not_after();
        if now > not_after {
            return Err(RollbackError::Expired(not_after));
        }
        Ok(Rollback {
            claim: signed.claim.clone(),
            digest: Digest::of(signed.envelope.payload()),
        })
    }
}

impl std::fmt::Debug for SignedRollback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedRollback(unchecked {:?})", self.claim)
    }
}
