//! The kinds of things that are kept, each a small JSON document under a key of its own.

mod binding;
mod document;
mod rollout;
mod suspension;
mod tenant;
mod token;

use std::fmt;
use std::str::FromStr;

use lictor_artifact::{Admitted, Keyring};
use lictor_policy::{Digest, PolicyName, TenantName, Version};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::files::FileName;

pub use binding::{KeptBinding, KeptVersion};
pub use document::KeptDocument;
pub use rollout::{
    KeptRollout, KeptSwap, KeptTally, KeptText, KeptUptime, SwappedBinding, SwappedDocument,
};
pub use suspension::{KeptSuspension, SuspensionKey, SuspensionTarget};
pub use tenant::KnownTenant;
pub use token::KeptToken;

/// Where a kind of thing stands in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    /// The keyring that decides who may sign what.
    Keyring,
    /// The highest version of each policy of each tenant that was ever admitted.
    Versions,
    /// Rollbacks that were used. Operators sign each by hand, so they are few, and kept for good.
    Rollbacks,
    /// The last time of day that was trusted.
    Clock,
    /// The tenants, with their settings.
    Tenants,
    /// What each tenant has bound, and the base layer.
    Bindings,
    /// Which data documents each tenant has, and the operator.
    Documents,
    /// The rollouts of each tenant, and how they stand.
    Rollouts,
    /// What rollouts have counted.
    Tallies,
    /// For how long hosts have been up.
    Uptime,
    /// What operators have suspended.
    Suspensions,
    /// The tokens by which others than the host's own user speak to it.
    Tokens,
}

impl Table {
    /// All of them, in the order in which they are exported.
    pub const ALL: [Table; 12] = [
        Table::Keyring,
        Table::Versions,
        Table::Rollbacks,
        Table::Clock,
        Table::Tenants,
        Table::Bindings,
        Table::Documents,
        Table::Rollouts,
        Table::Tallies,
        Table::Uptime,
        Table::Suspensions,
        Table::Tokens,
    ];

    /// Its name in the store, in exports and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Table::Keyring => "keyring",
            Table::Versions => "versions",
            Table::Rollbacks => "rollbacks",
            Table::Clock => "clock",
            Table::Tenants => "tenants",
            Table::Bindings => "bindings",
            Table::Documents => "documents",
            Table::Rollouts => "rollouts",
            Table::Tallies => "tallies",
            Table::Uptime => "uptime",
            Table::Suspensions => "suspensions",
            Table::Tokens => "tokens",
        }
    }

    /// Whether this is an entry of the table under its own key.
    pub(crate) fn check(self, key: &str, value: &[u8]) -> Result<(), String> {
        match self {
            Table::Keyring => decode::<InstalledKeyring>(key, value)?.check(),
            Table::Versions => check::<HighestVersion>(key, value),
            Table::Rollbacks => check::<UsedRollback>(key, value),
            Table::Clock => check::<TrustedTime>(key, value),
            Table::Tenants => check::<KnownTenant>(key, value),
            Table::Bindings => check::<KeptBinding>(key, value),
            Table::Documents => check::<KeptDocument>(key, value),
            Table::Rollouts => check::<KeptRollout>(key, value),
            Table::Tallies => check::<KeptTally>(key, value),
            Table::Uptime => check::<KeptUptime>(key, value),
            Table::Suspensions => check::<KeptSuspension>(key, value),
            Table::Tokens => check::<KeptToken>(key, value),
        }
    }

    /// The files that an entry of the table names.
    pub(crate) fn files(self, key: &str, value: &[u8]) -> Result<Vec<FileName>, String> {
        match self {
            Table::Bindings => Ok(decode::<KeptBinding>(key, value)?.files()),
            Table::Documents => Ok(decode::<KeptDocument>(key, value)?.files()),
            Table::Rollouts => Ok(decode::<KeptRollout>(key, value)?.files()),
            Table::Keyring
            | Table::Versions
            | Table::Rollbacks
            | Table::Clock
            | Table::Tenants
            | Table::Tallies
            | Table::Uptime
            | Table::Suspensions
            | Table::Tokens => Ok(Vec::new()),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Table {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|table| table.as_str() == text);
        known.ok_or_else(|| format!("there is no table `{text}`"))
    }
}

/// Something that is kept.
pub trait Entry: Serialize + DeserializeOwned {
    /// Where it stands.
    const TABLE: Table;

    /// Under which name: no two entries of a table have the same.
    fn key(&self) -> String;

    /// The files that it names: they are there before it is, and go when nothing names them any more. An entry that names
    /// files must say so in `Table::files` too.
    fn files(&self) -> Vec<FileName> {
        Vec::new()
    }
}

/// The keyring that was installed last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstalledKeyring {
    /// Its version number.
    pub version: u64,
    /// Its text, exactly as it was signed.
    pub document: String,
}

impl InstalledKeyring {
    /// Under which name it stands: there is one.
    pub const KEY: &'static str = "installed";

    /// Whether the text is a keyring, of this version.
    fn check(&self) -> Result<(), String> {
        let keyring =
            Keyring::parse(self.document.as_bytes()).map_err(|error| error.to_string())?;
        if keyring.version() == self.version {
            return Ok(());
        }
        Err(format!(
            "it has version {}, not {}",
            keyring.version(),
            self.version
        ))
    }
}

impl Entry for InstalledKeyring {
    const TABLE: Table = Table::Keyring;

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }
}

/// The highest version of a policy that a tenant ever admitted: a lower one is refused from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HighestVersion {
    /// The tenant, [`TenantName::base`] for a policy of the base layer.
    pub tenant: TenantName,
    /// The policy.
    pub policy: PolicyName,
    /// The version.
    pub version: Version,
    /// The artifact that had it.
    pub artifact: Digest,
    /// The artifact with a lower version that an operator's rollback let in since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back_to: Option<Digest>,
    /// Both with who signed them, so that a keyring can be held against them before it is in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub admitted: Vec<Admitted>,
}

impl HighestVersion {
    /// What was admitted and is the highest by that.
    pub fn of(admitted: Admitted) -> Self {
        Self {
            tenant: admitted.tenant().clone(),
            policy: admitted.policy().clone(),
            version: admitted.version().clone(),
            artifact: admitted.artifact(),
            rolled_back_to: None,
            admitted: vec![admitted],
        }
    }

    /// The same version as the highest, after a rollback let something lower in.
    #[must_use]
    pub fn rolled_back(&self, to: Admitted) -> Self {
        let highest = self.admitted.iter();
        let highest = highest.filter(|admitted| admitted.artifact() == self.artifact);
        Self {
            rolled_back_to: Some(to.artifact()),
            admitted: highest.cloned().chain([to]).collect(),
            ..self.clone()
        }
    }

    /// Whether this artifact was admitted, so that installing it again is nothing new.
    pub fn has_admitted(&self, artifact: Digest) -> bool {
        self.artifact == artifact || self.rolled_back_to == Some(artifact)
    }

    /// Under which name the one of this tenant and policy stands.
    pub fn key_of(tenant: &TenantName, policy: &PolicyName) -> String {
        // Names have no slash, so no two pairs share a key.
        format!("{tenant}/{policy}")
    }
}

impl Entry for HighestVersion {
    const TABLE: Table = Table::Versions;

    fn key(&self) -> String {
        Self::key_of(&self.tenant, &self.policy)
    }
}

/// A rollback that was used, which must not be good twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedRollback {
    /// What names it.
    pub digest: Digest,
}

impl Entry for UsedRollback {
    const TABLE: Table = Table::Rollbacks;

    fn key(&self) -> String {
        self.digest.to_string()
    }
}

/// The last time of day that was trusted: a clock that stands before it was set back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedTime {
    /// In milliseconds since 1970.
    pub unix_ms: u64,
}

impl TrustedTime {
    /// Under which name it stands: there is one.
    pub const KEY: &'static str = "trusted";
}

impl Entry for TrustedTime {
    const TABLE: Table = Table::Clock;

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }
}

/// The text that is kept of an entry.
pub(crate) fn encode<E: Entry>(entry: &E) -> Vec<u8> {
    serde_json::to_vec(entry).expect("entries have texts for keys and no failing parts")
}

/// The entry of a text that was kept under a key.
pub(crate) fn decode<E: Entry>(key: &str, value: &[u8]) -> Result<E, String> {
    let entry: E = serde_json::from_slice(value).map_err(|error| error.to_string())?;
    if entry.key() == key {
        Ok(entry)
    } else {
        Err(format!("it is `{}`", entry.key()))
    }
}

fn check<E: Entry>(key: &str, value: &[u8]) -> Result<(), String> {
    decode::<E>(key, value).map(drop)
}
