//! Who may sign what for whom: the keys that a host trusts, and what it no longer does.
//!
//! A keyring never changes; an update is a new one, signed by keys that the old one trusts for that. Must never trust a key
//! that the operator didn't name.

mod difference;
mod document;
mod rollback;
mod scope;
mod signed;
mod standing;

use std::collections::BTreeMap;

use lictor_policy::{Digest, PolicyName, TenantName, Version};

use crate::envelope::Envelope;
use crate::{KeyId, PublicKey, UnixMs};

pub use difference::KeyringDifference;
pub use document::{KEYRING_BYTES_MAX, KeyringDocument, KeyringError, OWNER_BYTES_MAX, TrustedKey};
pub use rollback::{Rollback, RollbackClaim, RollbackError, SignedRollback};
pub use scope::{Scope, ScopeError};
pub use signed::{SignedKeyring, UpdateError};
pub use standing::Standing;
pub(crate) use standing::Tally;

/// A checked keyring.
#[derive(Clone, PartialEq)]
pub struct Keyring {
    document: KeyringDocument,
}

impl Keyring {
    /// Checks a document. Trusting a keyring that no earlier one vouches for is the operator's explicit act: this function.
    ///
    /// # Errors
    /// The first member that is out of bounds.
    pub fn new(document: KeyringDocument) -> Result<Self, KeyringError> {
        document.check()?;
        Ok(Self { document })
    }

    /// Reads a document in its one encoding.
    ///
    /// # Errors
    /// It is too long, spelled another way, or out of bounds.
    pub fn parse(text: &[u8]) -> Result<Self, KeyringError> {
        Self::new(KeyringDocument::decode(text)?)
    }

    /// The document's one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.encode()
    }

    /// What it says.
    pub fn document(&self) -> &KeyringDocument {
        &self.document
    }

    /// Its version number; an update has a higher one.
    pub fn version(&self) -> u64 {
        self.document.version
    }

    /// What names it: the digest of its encoding.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// The keys that it names.
    pub fn keys(&self) -> &BTreeMap<PublicKey, TrustedKey> {
        &self.document.keys
    }

    /// How many keys must sign for a tenant.
    pub fn threshold(&self, tenant: &TenantName) -> u32 {
        self.document.thresholds.get(tenant).copied().unwrap_or(1)
    }

    /// The lowest version of a policy that a tenant may still install.
    pub fn floor(&self, tenant: &TenantName, policy: &PolicyName) -> Option<&Version> {
        self.document.floors.get(tenant)?.get(policy)
    }

    /// Counts an envelope's signatures, each judged by what a key may do.
    pub(crate) fn tally(
        &self,
        envelope: &Envelope,
        judge: impl Fn(&TrustedKey) -> Standing,
    ) -> Result<Tally, KeyId> {
        let signed_bytes = envelope.signed_bytes();
        let mut tally = Tally::default();
        for signature in envelope.signatures() {
            let id = signature.key();
            let Some((key, trusted)) = self.document.keys.get_key_value(&id) else {
                tally.add(id, self.standing_of_stranger(id));
                continue;
            };
            // Whatever the key may do: who breaks a signature of a known key meddles with the file.
            if !envelope.holds(&signed_bytes, signature, key) {
                return Err(id);
            }
            tally.add(id, self.standing(id, trusted, &judge));
        }
        Ok(tally)
    }

    /// Judges keys whose signatures were checked before.
    pub(crate) fn tally_checked(
        &self,
        keys: &[KeyId],
        judge: impl Fn(&TrustedKey) -> Standing,
    ) -> Tally {
        let mut tally = Tally::default();
        for id in keys {
            match self.document.keys.get(id) {
                Some(trusted) => tally.add(*id, self.standing(*id, trusted, &judge)),
                None => tally.add(*id, self.standing_of_stranger(*id)),
            }
        }
        tally
    }

    fn standing(
        &self,
        id: KeyId,
        trusted: &TrustedKey,
        judge: &impl Fn(&TrustedKey) -> Standing,
    ) -> Standing {
        if self.document.revoked_keys.contains(&id) {
            Standing::Revoked
        } else {
            judge(trusted)
        }
    }

    fn standing_of_stranger(&self, id: KeyId) -> Standing {
        if self.document.revoked_keys.contains(&id) {
            Standing::Revoked
        } else {
            Standing::Unknown
        }
    }

    /// Counts the signatures of what only operators may say: updates and rollbacks.
    pub(crate) fn tally_updaters(&self, envelope: &Envelope, now: UnixMs) -> Result<Tally, KeyId> {
        self.tally(envelope, |key| match key.standing_at(now) {
            Standing::Counted if !key.updates => Standing::NoUpdates,
            standing => standing,
        })
    }

    pub(crate) fn update_threshold(&self) -> u32 {
        self.document.update_threshold
    }
}

/// Says what the keyring is, not all that is in it.
impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Keyring(version {}, {} keys)",
            self.version(),
            self.keys().len()
        )
    }
}
