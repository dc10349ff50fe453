//! What is bound: all that is needed to bind the same again, with the artifact's bytes in a file beside the store.

use lictor_policy::{Condition, Digest, Limits, PolicyName, TenantName, Version};
use serde::{Deserialize, Serialize};

use super::{Entry, Table};
use crate::files::{FileName, Shelf};

/// The binding of one policy of one tenant, or of the base layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptBinding {
    /// The tenant, [`TenantName::base`] for the base layer.
    pub tenant: TenantName,
    /// The policy.
    pub policy: PolicyName,
    /// What decides.
    pub current: KeptVersion,
    /// What decided before it without a fault, and answers when it has one where the tenant's failure policy says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good: Option<KeptVersion>,
}

/// One version of a policy as it was bound, by whom and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptVersion {
    /// Its version.
    pub version: Version,
    /// The digest of the artifact: of the statement that was signed.
    pub artifact: Digest,
    /// The digest of the component in it.
    pub component: Digest,
    /// The digest of the binding when it was made. A newer host has another for the same binding.
    pub revision: Digest,
    /// The digest of the artifact's file, which covers its signatures too.
    pub file: Digest,
    /// The parameters: the canonical text of a JSON object.
    pub parameters: String,
    /// The limits that were granted.
    pub limits: Limits,
    /// The requests that it applies to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// When it was bound, in milliseconds since 1970.
    pub at_ms: u64,
    /// By whom.
    pub by: String,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl KeptBinding {
    /// Under which name the one of this tenant and policy stands.
    pub fn key_of(tenant: &TenantName, policy: &PolicyName) -> String {
        // Names have no slash, so no two pairs share a key.
        format!("{tenant}/{policy}")
    }
}

impl KeptVersion {
    /// The file that holds the artifact.
    pub fn file_name(&self) -> FileName {
        FileName::new(Shelf::Artifacts, self.file)
    }
}

impl Entry for KeptBinding {
    const TABLE: Table = Table::Bindings;

    fn key(&self) -> String {
        Self::key_of(&self.tenant, &self.policy)
    }

    fn files(&self) -> Vec<FileName> {
        let versions = std::iter::once(&self.current).chain(&self.last_good);
        versions.map(KeptVersion::file_name).collect()
    }
}
