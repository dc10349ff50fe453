//! Rollouts: how each stands, what it has counted, and for how long hosts have been up. What plans, moves and counts mean is
//! the runtime's affair; here they are JSON values.

use lictor_policy::{Digest, DocumentName, PolicyName, RolloutName, TenantName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Entry, KeptVersion, Table};
use crate::files::{FileName, Shelf};

/// One rollout of one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRollout {
    /// The tenant.
    pub tenant: TenantName,
    /// Its name.
    pub rollout: RolloutName,
    /// Its place in the order in which rollouts were begun.
    pub number: u64,
    /// What its subjects are renamed with.
    pub salt: Digest,
    /// The plan.
    pub plan: Value,
    /// Where it stands, with every move.
    pub progress: Value,
    /// What it replaces, for people.
    pub replaces: Value,
    /// What changes places, for as long as it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap: Option<KeptSwap>,
}

/// What changes places in a rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSwap {
    /// The policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<SwappedBinding>,
    /// The documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<SwappedDocument>,
}

/// A policy's binding before and after; nothing where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwappedBinding {
    /// The policy.
    pub policy: PolicyName,
    /// Before.
    pub old: Option<KeptVersion>,
    /// After.
    pub new: Option<KeptVersion>,
}

/// A document before and after; nothing where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwappedDocument {
    /// The document.
    pub name: DocumentName,
    /// Before.
    pub old: Option<KeptText>,
    /// After.
    pub new: Option<KeptText>,
}

/// The text of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptText {
    /// The digest of its canonical JSON, which is what its file holds.
    pub digest: Digest,
    /// How many bytes that has.
    pub bytes: u64,
}

impl KeptText {
    /// The file that holds it.
    pub fn file_name(&self) -> FileName {
        FileName::new(Shelf::Documents, self.digest)
    }
}

impl KeptRollout {
    /// Under which name the one of this tenant and name stands.
    pub fn key_of(tenant: &TenantName, rollout: &RolloutName) -> String {
        // Names have no slash, so no two pairs share a key.
        format!("{tenant}/{rollout}")
    }
}

impl Entry for KeptRollout {
    const TABLE: Table = Table::Rollouts;

    fn key(&self) -> String {
        Self::key_of(&self.tenant, &self.rollout)
    }

    fn files(&self) -> Vec<FileName> {
        let swap = self.swap.iter();
        let bindings = swap.clone().flat_map(|it| &it.bindings);
        let bindings = bindings.flat_map(|it| it.old.iter().chain(&it.new));
        let documents = swap.flat_map(|it| &it.documents);
        let documents = documents.flat_map(|it| it.old.iter().chain(&it.new));
        let documents = documents.map(KeptText::file_name);
        bindings
            .map(KeptVersion::file_name)
            .chain(documents)
            .collect()
    }
}

/// What a rollout has counted: kept from time to time, without an entry in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptTally {
    /// The tenant.
    pub tenant: TenantName,
    /// The rollout.
    pub rollout: RolloutName,
    /// The phase that was counted for.
    pub phase: Option<usize>,
    /// The numbers.
    pub tally: Value,
    /// What explains them.
    pub findings: Value,
}

impl Entry for KeptTally {
    const TABLE: Table = Table::Tallies;

    fn key(&self) -> String {
        KeptRollout::key_of(&self.tenant, &self.rollout)
    }
}

/// For how long hosts with this store have been up: the clock of rollouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptUptime {
    /// In milliseconds.
    pub uptime_ms: u64,
}

impl KeptUptime {
    /// Under which name it stands: there is one.
    pub const KEY: &'static str = "uptime";
}

impl Entry for KeptUptime {
    const TABLE: Table = Table::Uptime;

    fn key(&self) -> String {
        Self::KEY.to_owned()
    }
}
