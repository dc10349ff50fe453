//! Which data documents there are. Their text is in files beside the store.

use lictor_policy::{Digest, DocumentName, TenantName};
use serde::{Deserialize, Serialize};

use super::{Entry, Table};
use crate::files::{FileName, Shelf};

/// One data document of one tenant, or of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptDocument {
    /// The tenant, [`TenantName::base`] for the operator's own.
    pub tenant: TenantName,
    /// Its name.
    pub name: DocumentName,
    /// The digest of its canonical JSON text, which is what the file holds.
    pub digest: Digest,
    /// How many bytes that text has.
    pub bytes: u64,
    /// When it was put, in milliseconds since 1970.
    pub at_ms: u64,
    /// By whom.
    pub by: String,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl KeptDocument {
    /// Under which name the one of this tenant and name stands.
    pub fn key_of(tenant: &TenantName, name: &DocumentName) -> String {
        // Names have no slash, so no two pairs share a key.
        format!("{tenant}/{}", name.as_str())
    }

    /// The file that holds its text.
    pub fn file_name(&self) -> FileName {
        FileName::new(Shelf::Documents, self.digest)
    }
}

impl Entry for KeptDocument {
    const TABLE: Table = Table::Documents;

    fn key(&self) -> String {
        Self::key_of(&self.tenant, &self.name)
    }

    fn files(&self) -> Vec<FileName> {
        vec![self.file_name()]
    }
}
