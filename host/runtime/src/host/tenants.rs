//! Taking tenants in and letting them go.

use std::sync::Arc;

use lictor_policy::TenantName;
use lictor_state::{KeptBinding, KeptDocument, KeptRollout, KeptTally, KnownTenant};

use super::Host;
use crate::error::HostError;
use crate::tenant::{Tenant, TenantSettings, Tenants};
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
    /// As for [`Host::add_tenant`], for the first tenant that is refused, or it can't be written down; nobody is taken in then.
    pub fn add_tenants(
        &self,
        tenants: impl IntoIterator<Item = (TenantName, TenantSettings)>,
    ) -> Result<(), HostError> {
        let mut control = self.control();
        let mut all = Tenants::clone(&self.state.tenants.load());
        let before = all.len();
        let mut change = self.begin(&mut control, "");
        for (name, settings) in tenants {
            let settings = settings.checked()?;
            if name.is_base() {
                return Err(HostError::ReservedTenant { tenant: name });
            }
            if all.contains_key(&name) {
                return Err(HostError::TenantExists { tenant: name });
            }
            change = change.put(&known(&name, settings));
            let view = View::new(settings, &control.base);
            let tenant = Tenant::new(name.clone(), view, self.state.recall.memory());
            all.insert(name, Arc::new(tenant));
        }
        let count = all.len().saturating_sub(before);
        Self::journal(
            &mut control,
            change.described(format!("take in {count} tenants")),
        )?;
        self.show_tenants(all);
        Ok(())
    }

    /// Lets a tenant go, with what it has bound, its documents and its tokens. Requests that have begun are still decided. Which versions it
    /// has seen stays known.
    ///
    /// # Errors
    /// The tenant is unknown, or it can't be written down.
    pub fn remove_tenant(&self, name: &TenantName) -> Result<(), HostError> {
        let mut control = self.control();
        let gone = self.tenant(name)?;
        let mut tenants = Tenants::clone(&self.state.tenants.load());
        tenants.remove(name);
        let view = gone.view.load_full();
        let mut change = self
            .begin(&mut control, format!("let the tenant {name} go"))
            .remove::<KnownTenant>(KnownTenant::key_of(name));
        for binding in view.bindings.stable() {
            let key = KeptBinding::key_of(name, &binding.described.policy);
            change = change.remove::<KeptBinding>(key);
        }
        let missing = view.missing.iter().map(|(document, _)| document);
        for document in view.data.names().chain(missing) {
            change = change.remove::<KeptDocument>(KeptDocument::key_of(name, document));
        }
        for held in control.rolls.of(name) {
            let key = KeptRollout::key_of(name, &held.name);
            change = change.remove::<KeptRollout>(key.clone());
            change = change.remove::<KeptTally>(key);
        }
        let (tokens, revoked) = self.tokens_without(name);
        change = revoked
            .iter()
            .fold(change, |change, token| change.put(token));
        Self::journal(&mut control, change)?;
        self.state.tokens.store(tokens.into());
        control.unsettled.remove(name);
        control.rolls.remove_tenant(name);
        self.show_tenants(tenants);
        self.state.retirement.retire(view);
        Ok(())
    }

    /// Changes what a tenant may do and how it is answered.
    ///
    /// # Errors
    /// The tenant is unknown, the default effect is `abstain`, or it can't be written down.
    pub fn set_tenant(&self, name: &TenantName, settings: TenantSettings) -> Result<(), HostError> {
        let settings = settings.checked()?;
        let mut control = self.control();
        let change = self
            .begin(&mut control, format!("change the settings of {name}"))
            .put(&known(name, settings));
        self.change(&mut control, name, change, |view| {
            Ok(View {
                settings,
                ..view.clone()
            })
        })?;
        control.unsettled.remove(name);
        Ok(())
    }
}

fn known(name: &TenantName, settings: TenantSettings) -> KnownTenant {
    let settings = serde_json::to_value(settings);
    let settings = settings.ok().and_then(|it| it.as_object().cloned());
    KnownTenant {
        tenant: name.clone(),
        settings: settings.expect("settings are an object of plain values"),
    }
}
