//! What a keyring says, as people edit it and as it is signed.
//!
//! It has one encoding: members in one order, keys, names and digests sorted, no white space.

use std::collections::{BTreeMap, BTreeSet};

use lictor_policy::{Digest, PolicyName, TenantName, Version};
use serde::{Deserialize, Serialize};

use super::Scope;
use crate::envelope::SIGNATURES_MAX;
use crate::manifest::{ManifestError, Validity};
use crate::{KeyId, PublicKey};

/// The most bytes of a keyring: 16 MiB, which holds some 50,000 keys.
pub const KEYRING_BYTES_MAX: usize = 16 << 20;
/// The most bytes of an owner's name.
pub const OWNER_BYTES_MAX: usize = 128;

const FORMAT: u32 = 1;

/// What a keyring says. [`super::Keyring::new`] checks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyringDocument {
    /// The format: 1.
    pub format: u32,
    /// The version number, from 1; an update has a higher one.
    pub version: u64,
    /// The keys that are trusted, and for what.
    pub keys: BTreeMap<PublicKey, TrustedKey>,
    /// How many keys must sign for a tenant; 1 for tenants that aren't named.
    pub thresholds: BTreeMap<TenantName, u32>,
    /// How many keys must sign an update of the keyring, or a rollback.
    pub update_threshold: u32,
    /// Keys whose signatures count no more, whenever they were made.
    pub revoked_keys: BTreeSet<KeyId>,
    /// Artifacts that may not run.
    pub revoked_artifacts: BTreeSet<Digest>,
    /// Components that may not run, whatever statement is about them.
    pub revoked_components: BTreeSet<Digest>,
    /// The lowest versions that may be installed.
    pub floors: BTreeMap<TenantName, BTreeMap<PolicyName, Version>>,
}

/// What a key is trusted for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedKey {
    /// Who has the private half, for people to read.
    pub owner: String,
    /// The tenants that it may sign for.
    pub tenants: Scope<TenantName>,
    /// The policies that it may sign.
    pub policies: Scope<PolicyName>,
    /// When its signatures admit artifacts.
    #[serde(default, skip_serializing_if = "Validity::is_always")]
    pub validity: Validity,
    /// Whether it may sign updates of the keyring and rollbacks.
    pub updates: bool,
}

/// Why a keyring is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// It is longer than [`KEYRING_BYTES_MAX`].
    #[error("a keyring may have {KEYRING_BYTES_MAX} bytes at most")]
    TooLarge,
    /// It isn't JSON of the right shape.
    #[error("the keyring isn't one: {0}")]
    Shape(String),
    /// It is JSON of the right shape in another spelling.
    #[error("the keyring isn't in its one encoding")]
    Encoding,
    /// It is in a format that this host doesn't know.
    #[error("the keyring is in format {0}, this host knows format {FORMAT}")]
    Format(u32),
    /// Versions begin at 1.
    #[error("a keyring's version is 1 or higher")]
    Version,
    /// A threshold that means nothing or can't be met.
    #[error("the threshold for {of} is {threshold}, it must be between 1 and {max}")]
    Threshold {
        /// What it is for.
        of: String,
        /// What it is.
        threshold: u32,
        /// The most that can be met.
        max: u32,
    },
    /// An owner's name that is empty, too long or not printable.
    #[error(
        "the owner of `{0}` is named in 1 to {OWNER_BYTES_MAX} bytes without control characters"
    )]
    Owner(KeyId),
    /// A window that ends before it begins.
    #[error("the validity of `{key}` is refused: {source}")]
    Validity {
        /// The key.
        key: KeyId,
        /// Why.
        source: ManifestError,
    },
}

impl KeyringDocument {
    /// A keyring of version 1 that trusts nobody.
    pub fn empty() -> Self {
        Self {
            format: FORMAT,
            version: 1,
            keys: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            update_threshold: 1,
            revoked_keys: BTreeSet::new(),
            revoked_artifacts: BTreeSet::new(),
            revoked_components: BTreeSet::new(),
            floors: BTreeMap::new(),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Nothing in it can fail to be written: its maps have texts as keys.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn decode(text: &[u8]) -> Result<Self, KeyringError> {
        if text.len() > KEYRING_BYTES_MAX {
            return Err(KeyringError::TooLarge);
        }
        let document: Self =
            serde_json::from_slice(text).map_err(|error| KeyringError::Shape(error.to_string()))?;
        if document.format != FORMAT {
            return Err(KeyringError::Format(document.format));
        }
        if document.encode() != text {
            return Err(KeyringError::Encoding);
        }
        Ok(document)
    }

    pub(super) fn check(&self) -> Result<(), KeyringError> {
        if self.format != FORMAT {
            return Err(KeyringError::Format(self.format));
        }
        if self.version == 0 {
            return Err(KeyringError::Version);
        }
        for (tenant, threshold) in &self.thresholds {
            check_threshold(|| format!("tenant `{tenant}`"), *threshold, SIGNATURES_MAX)?;
        }
        // A keyring that can't be updated is one that names nobody for it, and not one that asks for more than there are.
        let updaters = self.keys.values().filter(|key| key.updates).count();
        let max = updaters.clamp(1, SIGNATURES_MAX);
        check_threshold(|| "updates".to_owned(), self.update_threshold, max)?;
        self.keys
            .iter()
            .try_for_each(|(key, trusted)| trusted.check(key.id()))?;
        if self.encode().len() > KEYRING_BYTES_MAX {
            return Err(KeyringError::TooLarge);
        }
        Ok(())
    }
}

impl TrustedKey {
    /// A key that signs all policies of some tenants, for ever, and no updates.
    pub fn new(owner: impl Into<String>, tenants: Scope<TenantName>) -> Self {
        Self {
            owner: owner.into(),
            tenants,
            policies: Scope::All,
            validity: Validity::default(),
            updates: false,
        }
    }

    /// A key that signs updates of the keyring and rollbacks, and no policies.
    pub fn operator(owner: impl Into<String>) -> Self {
        Self {
            policies: Scope::only([]),
            updates: true,
            ..Self::new(owner, Scope::only([]))
        }
    }

    fn check(&self, key: KeyId) -> Result<(), KeyringError> {
        let printable = !self.owner.chars().any(char::is_control);
        if self.owner.is_empty() || self.owner.len() > OWNER_BYTES_MAX || !printable {
            return Err(KeyringError::Owner(key));
        }
        self.validity
            .check()
            .map_err(|source| KeyringError::Validity { key, source })
    }
}

fn check_threshold(
    of: impl Fn() -> String,
    threshold: u32,
    max: usize,
) -> Result<(), KeyringError> {
    let max = u32::try_from(max).unwrap_or(u32::MAX);
    if (1..=max).contains(&threshold) {
        return Ok(());
    }
    Err(KeyringError::Threshold {
        of: of(),
        threshold,
        max,
    })
}
