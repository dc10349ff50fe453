//! What a tenant or the base layer has, for an operator to see.

use lictor_policy::{Documents, TenantName};
use lictor_state::JournalEntry;

use super::Host;
use crate::binding::BoundPolicy;
use crate::error::HostError;
use crate::tenant::TenantSettings;

impl Host {
    /// What a tenant may do and how it is answered.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn tenant_settings(&self, tenant: &TenantName) -> Result<TenantSettings, HostError> {
        Ok(self.tenant(tenant)?.view.load().settings)
    }

    /// What is bound in the base layer, by policy name.
    pub fn bound_base(&self) -> Vec<BoundPolicy> {
        let control = self.control();
        let bindings = control.base.bindings.stable();
        bindings
            .map(|binding| BoundPolicy::clone(&binding.described))
            .collect()
    }

    /// A tenant's documents, as they are now.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn documents(&self, tenant: &TenantName) -> Result<Documents, HostError> {
        Ok(self.tenant(tenant)?.view.load().data.clone())
    }

    /// Who changed what, when and why: the changes after this number, oldest first, so many at most. None where nothing is kept over a
    /// restart.
    ///
    /// # Errors
    /// The state folder can't be read.
    pub fn journal_after(&self, after: u64, count: usize) -> Result<Vec<JournalEntry>, HostError> {
        let control = self.control();
        match control.trust.store() {
            Some(store) => Ok(store.journal(after, count)?),
            None => Ok(Vec::new()),
        }
    }

    /// The operator's documents, as they are now.
    pub fn base_documents(&self) -> Documents {
        self.control().base.data.clone()
    }
}
