//! Taking tenants in and letting them go.

use std::collections::HashMap;
use std::sync::Arc;

use lictor_policy::TenantName;

use super::Host;
use crate::error::HostError;
use crate::tenant::{Tenant, TenantSettings};
use crate::view::View;

impl Host {
    /// Takes a tenant in, with no policies and no documents: every request gets its default effect.
    ///
    /// # Errors
    /// There is such a tenant already, the name is `base`, or the default effect is `abstain`.
    pub fn add_tenant(&self, name: &TenantName, settings: TenantSettings) -> Result<(), HostError> {
        self.add_tenants([(name.clone(), settings)])
    }

    /// Takes many tenants in at once, or none of them: a host that starts with thousands takes them in like this, since each
    /// change of who is a tenant copies the list of all.
    ///
    /// # Errors
    /// As for [`Host::add_tenant`], for the first tenant that is refused.
    pub fn add_tenants(
        &self,
        tenants: impl IntoIterator<Item = (TenantName, TenantSettings)>,
    ) -> Result<(), HostError> {
        let control = self.control();
        let mut all = HashMap::clone(&self.state.tenants.load());
        for (name, settings) in tenants {
            let settings = settings.checked()?;
            if name.is_base() {
                return Err(HostError::ReservedTenant { tenant: name });
            }
            if all.contains_key(&name) {
                return Err(HostError::TenantExists { tenant: name });
            }
            let view = View::new(settings, &control.base);
            let tenant = Tenant::new(name.clone(), view, self.state.recall.memory());
            all.insert(name, Arc::new(tenant));
        }
        self.state.tenants.store(Arc::new(all));
        Ok(())
    }

    /// Lets a tenant go. Requests that have begun are still decided.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn remove_tenant(&self, name: &TenantName) -> Result<(), HostError> {
        let mut control = self.control();
        let mut tenants = HashMap::clone(&self.state.tenants.load());
        let gone = tenants
            .remove(name)
            .ok_or_else(|| HostError::UnknownTenant {
                tenant: name.clone(),
            })?;
        control.rolls.remove_tenant(name);
        self.state.tenants.store(Arc::new(tenants));
        self.state.retirement.retire(gone.view.load_full());
        Ok(())
    }

    /// Changes what a tenant may do and how it is answered.
    ///
    /// # Errors
    /// The tenant is unknown, or the default effect is `abstain`.
    pub fn set_tenant(&self, name: &TenantName, settings: TenantSettings) -> Result<(), HostError> {
        let settings = settings.checked()?;
        let control = self.control();
        self.change(&control, name, |view| {
            Ok(View {
                settings,
                ..view.clone()
            })
        })
    }
}
