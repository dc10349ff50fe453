//! What is not in order: what could not be restored, and what was stopped. Nothing of it makes an answer milder.

use std::fmt;

use lictor_policy::{DocumentName, PolicyName, TenantName};

use super::Host;
use crate::missing::Missing;
use crate::view::Bindings;

/// Something that an operator has to see to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The tenant, `base` for the base layer.
    pub tenant: TenantName,
    /// What of it.
    pub what: Troubled,
    /// What is wrong.
    pub detail: String,
}

/// What is not in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Troubled {
    /// The tenant's settings, which could not be restored: it has the default ones.
    Settings,
    /// A policy, which answers with a fault.
    Policy(PolicyName),
    /// A document, which could not be restored: all policies that may read it answer with a fault.
    Document(DocumentName),
}

impl fmt::Display for Trouble {
    /// What is wrong, and a hint on what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tenant,
            what,
            detail,
        } = self;
        match what {
            Troubled::Settings => write!(
                f,
                "the settings of `{tenant}` are the default ones: {detail}\nhint: set them again"
            ),
            Troubled::Policy(policy) => write!(
                f,
                "the policy `{policy}` of `{tenant}` does not run: {detail}\nhint: bind it again, or take it away"
            ),
            Troubled::Document(document) => write!(
                f,
                "the document `{document}` of `{tenant}` is missing: {detail}\nhint: put it again, or take it away"
            ),
        }
    }
}

impl Host {
    /// What is not in order, the base layer first, then by tenant: policies, documents and settings that could not be restored,
    /// and policies that were revoked. Each goes when an operator binds, puts or sets it again, or takes it away.
    pub fn troubles(&self) -> Vec<Trouble> {
        let control = self.control();
        let mut troubles = Vec::new();
        of_layer(
            &TenantName::base(),
            &control.base.bindings,
            &control.base.missing,
            &mut troubles,
        );
        for name in self.tenants() {
            let Ok(tenant) = self.tenant(&name) else {
                continue;
            };
            if let Some(detail) = control.unsettled.get(&name) {
                troubles.push(Trouble {
                    tenant: name.clone(),
                    what: Troubled::Settings,
                    detail: detail.clone(),
                });
            }
            let view = tenant.view.load();
            of_layer(&name, &view.bindings, &view.missing, &mut troubles);
        }
        troubles
    }
}

fn of_layer(
    tenant: &TenantName,
    bindings: &Bindings,
    missing: &Missing,
    troubles: &mut Vec<Trouble>,
) {
    let stopped = bindings.stable().filter_map(|binding| {
        let policy = binding.described.policy.clone();
        Some((Troubled::Policy(policy), binding.revoked()?.to_string()))
    });
    let missing = missing
        .iter()
        .map(|(name, why)| (Troubled::Document(name.clone()), why.clone()));
    troubles.extend(stopped.chain(missing).map(|(what, detail)| Trouble {
        tenant: tenant.clone(),
        what,
        detail,
    }));
}
