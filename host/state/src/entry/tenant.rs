//! Who is a tenant, and what it may do.

use lictor_policy::TenantName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Entry, Table};

/// A tenant with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownTenant {
    /// Its name.
    pub tenant: TenantName,
    /// Its settings, as the runtime writes them: what they mean is no affair of the store.
    pub settings: Map<String, Value>,
}

impl KnownTenant {
    /// Under which name it stands.
    pub fn key_of(tenant: &TenantName) -> String {
        tenant.to_string()
    }
}

impl Entry for KnownTenant {
    const TABLE: Table = Table::Tenants;

    fn key(&self) -> String {
        Self::key_of(&self.tenant)
    }
}
