//! A keyring on its way from one host to another, signed by those whom the old one trusts for that.

use super::{Keyring, KeyringError, Rollback, RollbackClaim, Standing};
use crate::envelope::{Envelope, Kind};
use crate::keyring::KEYRING_BYTES_MAX;
use crate::{EnvelopeError, KeyId, PrivateKey, UnixMs};

const KIND: Kind = Kind {
    payload_type: "application/vnd.lictor.keyring.v1+json",
    payload_bytes_max: KEYRING_BYTES_MAX,
};

/// A keyring with signatures that nobody has checked.
#[derive(Clone)]
pub struct SignedKeyring {
    keyring: Keyring,
    envelope: Envelope,
}

/// Why a keyring doesn't follow another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The envelope is refused.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The keyring in it is refused.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A known key's signature is bad.
    #[error("the signature of `{0}` is bad")]
    BadSignature(KeyId),
    /// Too few keys that the old keyring trusts for it signed it.
    #[error("{needed} keys must sign an update of the keyring, {counted} did")]
    Threshold {
        /// How many are needed.
        needed: u32,
        /// How many counted.
        counted: u32,
        /// All signatures, with what each counted for.
        signatures: Vec<(KeyId, Standing)>,
    },
    /// The new keyring isn't newer.
    #[error(
        "the keyring has version {version} and version {current} is in use: an older one needs an operator's signed rollback"
    )]
    Version {
        /// The new keyring's version.
        version: u64,
        /// The version in use.
        current: u64,
    },
    /// The rollback is about something else.
    #[error("the rollback doesn't allow going from version {current} to this keyring")]
    OtherRollback {
        /// The version in use.
        current: u64,
    },
}

impl SignedKeyring {
    /// Signs a keyring.
    ///
    /// # Errors
    /// It never fails for a first signature.
    pub fn new(keyring: Keyring, key: &PrivateKey) -> Result<Self, EnvelopeError> {
        let mut envelope = Envelope::unsigned(KIND.payload_type, keyring.to_bytes());
        envelope.sign(key)?;
        Ok(Self { keyring, envelope })
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
    /// The envelope or the keyring in it is refused.
    pub fn parse(text: &[u8]) -> Result<Self, UpdateError> {
        let envelope = Envelope::decode(text, KIND)?;
        Ok(Self {
            keyring: Keyring::parse(envelope.payload())?,
            envelope,
        })
    }

    /// The envelope's one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.envelope.encode()
    }

    /// What it holds, which nobody has vouched for: to look at, or for the operator to trust explicitly as a first keyring.
    pub fn unchecked(&self) -> &Keyring {
        &self.keyring
    }
}

impl Keyring {
    /// The keyring that follows this one.
    ///
    /// # Errors
    /// Too few keys that this keyring trusts for updates signed it, or it isn't newer and no rollback allows that.
    pub fn update(
        &self,
        next: &SignedKeyring,
        now: UnixMs,
        rollback: Option<&Rollback>,
    ) -> Result<Keyring, UpdateError> {
        let tally = self
            .tally_updaters(&next.envelope, now)
            .map_err(UpdateError::BadSignature)?;
        let needed = self.update_threshold();
        if !tally.reaches(needed) {
            return Err(UpdateError::Threshold {
                needed,
                counted: tally.counted().count() as u32,
                signatures: tally.into_signatures(),
            });
        }
        let (current, version) = (self.version(), next.keyring.version());
        if version > current {
            return Ok(next.keyring.clone());
        }
        match rollback.map(Rollback::claim) {
            None => Err(UpdateError::Version { version, current }),
            Some(RollbackClaim::Keyring {
                from, to, digest, ..
            }) if (*from, *to, *digest) == (current, version, next.keyring.digest()) => {
                Ok(next.keyring.clone())
            }
            Some(_) => Err(UpdateError::OtherRollback { current }),
        }
    }
}

impl std::fmt::Debug for SignedKeyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedKeyring(unchecked {:?})", self.keyring)
    }
}
