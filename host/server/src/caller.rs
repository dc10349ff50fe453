//! Who asks, and whether they may.

use axum::http::{HeaderMap, header};
use lictor::{Host, Priority, Role, TenantName};

use crate::problem::Problem;
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
    pub(crate) fn admitted(
        host: &Host,
        callers: Callers,
        headers: &HeaderMap,
        tenant: &str,
    ) -> Result<Self, Problem> {
        Shown::by(host, callers, headers)?.admitted(tenant)
    }

    fn of(tenant: TenantName) -> Self {
        Self {
            tenant,
            priority: Priority::default(),
        }
    }
}

/// Who somebody showed to be, before it is known for which tenant it asks.
#[derive(Clone, Debug)]
pub(crate) struct Shown(Option<Role>);

impl Shown {
    /// # Errors
    /// Nobody who is known.
    pub(crate) fn by(host: &Host, callers: Callers, headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self(match callers {
            Callers::Anyone => None,
            Callers::Tokens => Some(role(host, headers).ok_or_else(Problem::unauthorized)?),
        }))
    }

    /// Whether it may know which tenants and routes there are.
    pub(crate) fn may_see_all(&self) -> bool {
        matches!(self.0, None | Some(Role::Engineer {}))
    }

    /// The same as somebody who asks for this tenant.
    ///
    /// # Errors
    /// It may not.
    pub(crate) fn admitted(self, tenant: &str) -> Result<Caller, Problem> {
        let tenant: Option<TenantName> = tenant.parse().ok();
        match (self.0, tenant) {
            (None | Some(Role::Engineer {}), Some(tenant)) => Ok(Caller::of(tenant)),
            (None | Some(Role::Engineer {}), None) => Err(Problem::new(
                axum::http::StatusCode::NOT_FOUND,
                "that is no name of a tenant",
            )),
            (Some(role), Some(tenant)) if role.may_ask(&tenant) => Ok(Caller::of(tenant)),
            (Some(_), _) => Err(Problem::forbidden()),
        }
    }
}

/// The role of the token in the headers (RFC 6750).
fn role(host: &Host, headers: &HeaderMap) -> Option<Role> {
    let mut shown = headers.get_all(header::AUTHORIZATION).iter();
    let (shown, None) = (shown.next()?.to_str().ok()?, shown.next()) else {
        // Two of them would let two readers see two callers.
        return None;
    };
    let (scheme, token) = shown.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    host.role_of(token.trim_start_matches(' '))
}
