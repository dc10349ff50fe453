//! What a request sees of its tenant: one snapshot, taken once and used from the first stage to the last.

use std::sync::Arc;

use lictor_policy::{Document, DocumentName, Documents, PolicyName};

use crate::binding::Binding;
use crate::tenant::TenantSettings;

/// What begins the names under which the base layer reads a tenant's documents.
pub(crate) const TENANT_DOCUMENTS: &str = "tenant.";

/// One layer of policies, sorted by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    routes: Vec<Route>,
}

/// The binding of one policy, and the one that answers when it faults.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) current: Arc<Binding>,
    /// The last binding before this one that has decided without a fault.
    pub(crate) last_good: Option<Arc<Binding>>,
}

impl Bindings {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.routes.len()
    }

    pub(crate) fn has(&self, policy: &PolicyName) -> bool {
        self.routes.iter().any(|route| route.policy() == policy)
    }

    /// The layer with this binding in it, in the place of one of the same policy.
    pub(crate) fn with(&self, binding: Arc<Binding>) -> Self {
        let mut routes = self.routes.clone();
        match routes
            .iter_mut()
            .find(|route| *route.policy() == binding.described.policy)
        {
            Some(route) => route.replace(binding),
            None => {
                routes.push(Route {
                    current: binding,
                    last_good: None,
                });
                routes.sort_by(|a, b| a.policy().cmp(b.policy()));
            }
        }
        Self { routes }
    }

    /// The layer without this policy.
    pub(crate) fn without(&self, policy: &PolicyName) -> Self {
        let kept = self.routes.iter().filter(|route| route.policy() != policy);
        Self {
            routes: kept.cloned().collect(),
        }
    }
}

impl Route {
    fn policy(&self) -> &PolicyName {
        &self.current.described.policy
    }

    /// Takes the new binding; the old one stays as the last good one if it ever was good.
    fn replace(&mut self, binding: Arc<Binding>) {
        let old = std::mem::replace(&mut self.current, binding);
        if old.has_decided() {
            self.last_good = Some(old);
        }
    }
}

/// The operator's layer: policies for every tenant, and the documents that they read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    pub(crate) bindings: Bindings,
    pub(crate) data: Documents,
}

/// One snapshot of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) settings: TenantSettings,
    pub(crate) bindings: Bindings,
    pub(crate) data: Documents,
    pub(crate) base: Bindings,
    /// What the base layer reads: the operator's documents, and the tenant's under names that say so.
    pub(crate) base_data: Documents,
}

impl View {
    /// A tenant that has nothing of its own yet.
    pub(crate) fn new(settings: TenantSettings, base: &Base) -> Self {
        Self {
            settings,
            bindings: Bindings::default(),
            data: Documents::new(),
            ..Self::empty()
        }
        .with_base(base)
    }

    fn empty() -> Self {
        Self {
            settings: TenantSettings::default(),
            bindings: Bindings::default(),
            data: Documents::new(),
            base: Bindings::default(),
            base_data: Documents::new(),
        }
    }

    /// The same tenant under this base layer.
    pub(crate) fn with_base(&self, base: &Base) -> Self {
        let base_data = if base.bindings.len() == 0 {
            Documents::new()
        } else {
            base.data.with_all(self.for_base())
        };
        Self {
            base: base.bindings.clone(),
            base_data,
            ..self.clone()
        }
    }

    /// The tenant's documents under the names by which the base layer reads them. One whose name grows too long by that can't
    /// be read by the base; it has no other effect.
    fn for_base(&self) -> impl Iterator<Item = (DocumentName, Document)> {
        self.data.iter().filter_map(|(name, document)| {
            let qualified = format!("{TENANT_DOCUMENTS}{name}").parse().ok()?;
            Some((qualified, document.clone()))
        })
    }
}
