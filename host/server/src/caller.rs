//! Who asks, and whether they may.

use axum::http::request::Parts;
use lictor::{Priority, Role, TenantName};

use crate::credential::Credential;
use crate::problem::Problem;
use crate::served::Served;
use crate::settings::Callers;

/// Somebody who may have requests of a tenant decided.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: TenantName,
    pub(crate) priority: Priority,
}

impl Caller {
    /// Who asks for this tenant, whose name comes as it stands in the path.
    ///
    /// # Errors
    /// Nobody who is known, or nobody who may. The answer is the same whether there is such a tenant or not, but to those who
    /// may see all of them.
    pub(crate) fn admitted(served: &Served, parts: &Parts, tenant: &str) -> Result<Self, Problem> {
        Shown::by(served, parts)?.admitted(tenant)
    }
}

/// Who somebody showed to be, before it is known for which tenant it asks.
#[derive(Clone, Debug)]
pub(crate) struct Shown(Option<Credential>);

impl Shown {
    /// # Errors
    /// Nobody who is known.
    pub(crate) fn by(served: &Served, parts: &Parts) -> Result<Self, Problem> {
        Ok(Self(match served.settings().callers {
            Callers::Anyone => None,
            Callers::Tokens => Some(Credential::shown(served, parts)?),
        }))
    }

    fn role(&self) -> Option<&Role> {
        self.0.as_ref().map(|it| &it.role)
    }

    /// Whether it may know which tenants and routes there are.
    pub(crate) fn may_see_all(&self) -> bool {
        matches!(self.role(), None | Some(Role::Engineer {}))
    }

    /// The same as somebody who asks for this tenant.
    ///
    /// # Errors
    /// It may not.
    pub(crate) fn admitted(self, tenant: &str) -> Result<Caller, Problem> {
        let tenant: Option<TenantName> = tenant.parse().ok();
        let priority = self.0.as_ref().map(|it| it.priority).unwrap_or_default();
        match (self.role(), tenant) {
            (None | Some(Role::Engineer {}), Some(tenant)) => Ok(Caller { tenant, priority }),
            (None | Some(Role::Engineer {}), None) => Err(Problem::new(
                axum::http::StatusCode::NOT_FOUND,
                "that is no name of a tenant",
            )),
            (Some(role), Some(tenant)) if role.may_ask(&tenant) => Ok(Caller { tenant, priority }),
            (Some(_), _) => Err(Problem::forbidden()),
        }
    }
}
