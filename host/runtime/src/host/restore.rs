//! Setting a host up again as its store says that it was.
//!
//! Must never leave a policy, a document or a tenant out: what can't be restored stays, as something that answers with a
//! fault. One tenant's damage stops nobody else.

mod bindings;
mod documents;
mod parallel;

use std::collections::BTreeMap;
use std::sync::Arc;

use lictor_policy::{Document, Documents, PolicyName, TenantName};
use lictor_state::{Files, KeptText, KeptVersion, KnownTenant, StateError, Store};

use super::{Control, Host};
use crate::binding::Binding;
use crate::missing::Missing;
use crate::notice;
use crate::tenant::{Tenant, TenantSettings, Tenants};
use crate::view::{Base, Bindings, Route, View};

/// What is restored of one tenant, or of the base layer.
#[derive(Default)]
struct Restored {
    routes: Vec<Route>,
    documents: Documents,
    missing: Missing,
}

/// Who is a tenant; a damaged entry is told in words.
type Settled = (TenantName, Result<TenantSettings, String>);

impl Host {
    /// Sets up what the store keeps, on all processors. A host without a store has nothing to restore.
    ///
    /// # Errors
    /// The store itself can't be read.
    pub(crate) fn restore(&self) -> Result<(), StateError> {
        if self.state.files.is_none() {
            return Ok(());
        }
        self.set_up_again()?;
        let (tenants, troubles) = (self.tenants().len(), self.troubles());
        let (bindings, rollouts) = {
            let control = self.control();
            (control.bound.len(), control.rolls.iter().count())
        };
        notice::restored(tenants, bindings, rollouts, &troubles);
        Ok(())
    }

    fn set_up_again(&self) -> Result<(), StateError> {
        let mut control = self.control();
        let (Some(store), Some(files)) = (control.trust.store(), &self.state.files) else {
            return Ok(());
        };
        let suspensions = self.restore_suspensions(&control, store)?;
        let tenants = settled(store)?;
        let tokens = super::tokens::restored(store)?;
        self.state.tokens.store(tokens.into());
        let mut restored = self.restored(&control, store, files)?;
        let base = restored.remove(&TenantName::base()).unwrap_or_default();
        let routes = restored.values().chain([&base]).flat_map(|it| &it.routes);
        for binding in routes.flat_map(Route::bindings) {
            Self::watch(&mut control, binding);
        }
        control.suspensions = suspensions;
        control.base = Base {
            bindings: Bindings::of(base.routes),
            data: base.documents,
            missing: base.missing,
        };
        let mut all = Tenants::clone(&self.state.tenants.load());
        all.reserve(tenants.len());
        for (name, settings) in tenants {
            let restored = restored.remove(&name).unwrap_or_default();
            let settings = settings.unwrap_or_else(|detail| {
                control.unsettled.insert(name.clone(), detail);
                TenantSettings::default()
            });
            all.insert(
                name.clone(),
                self.set_up(&control, name, settings, restored),
            );
        }
        self.show_tenants(all);
        self.restore_rollouts(&mut control)
    }

    /// One binding again.
    pub(super) fn bind_again(
        &self,
        control: &Control,
        files: &Files,
        owner: &TenantName,
        policy: &PolicyName,
        version: KeptVersion,
    ) -> Arc<Binding> {
        let (engine, trust) = (&self.state.engine, &control.trust);
        Arc::new(bindings::one(engine, trust, files, owner, policy, version))
    }

    /// One document again.
    pub(super) fn read_again(&self, files: &Files, text: KeptText) -> Option<Document> {
        documents::read(files, text.file_name()).ok()
    }

    fn restored(
        &self,
        control: &Control,
        store: &Store,
        files: &Files,
    ) -> Result<BTreeMap<TenantName, Restored>, StateError> {
        let mut restored: BTreeMap<TenantName, Restored> = BTreeMap::new();
        let routes = bindings::restore(&self.state.engine, &control.trust, files, store.each()?);
        for (owner, route) in routes {
            restored.entry(owner).or_default().routes.push(route);
        }
        for (owner, (documents, missing)) in documents::restore(files, store.each()?) {
            let of_owner = restored.entry(owner).or_default();
            of_owner.documents = documents;
            of_owner.missing = missing;
        }
        Ok(restored)
    }

    fn set_up(
        &self,
        control: &Control,
        name: TenantName,
        settings: TenantSettings,
        restored: Restored,
    ) -> Arc<Tenant> {
        let view = View {
            bindings: Bindings::of(restored.routes),
            data: restored.documents,
            missing: restored.missing,
            ..View::new(settings, &Base::default())
        };
        let view = view.with_base(&control.base);
        Arc::new(Tenant::new(name, view, self.state.recall.memory()))
    }
}

fn settled(store: &Store) -> Result<Vec<Settled>, StateError> {
    let each = store.each::<KnownTenant>()?.into_iter();
    let settled = each.filter_map(|(key, entry)| match entry {
        Ok(known) => Some((known.tenant, understood(known.settings))),
        // A key that is no name is of no tenant: no request can name it.
        Err(error) => Some((key.parse().ok()?, Err(error.to_string()))),
    });
    Ok(settled.collect())
}

fn understood(
    settings: serde_json::Map<String, serde_json::Value>,
) -> Result<TenantSettings, String> {
    let settings: TenantSettings =
        serde_json::from_value(settings.into()).map_err(|error| error.to_string())?;
    settings.checked().map_err(|error| error.to_string())
}

/// The owner and the name of a damaged entry, from its key.
fn owner_and_name<N: std::str::FromStr>(key: &str) -> Option<(TenantName, N)> {
    let (owner, name) = key.split_once('/')?;
    let owner = if owner == TenantName::base().as_str() {
        TenantName::base()
    } else {
        owner.parse().ok()?
    };
    Some((owner, name.parse().ok()?))
}
