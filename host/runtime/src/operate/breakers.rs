//! The verbs about circuit breakers, and what an operator is told of them.

use lictor_policy::{PolicyName, TenantName};

use super::{BreakerLine, Refused, Reply, Turn};
use crate::binding::BoundPolicy;
use crate::breaker::{BreakerReport, CircuitState};
use crate::host::Host;

impl Host {
    pub(super) fn list_breakers(&self, tenant: &TenantName) -> Result<Reply, Refused> {
        refuse_base(tenant)?;
        let breakers = self.breakers(tenant)?;
        Ok(Reply::Breakers {
            breakers: breakers.iter().map(BreakerLine::from).collect(),
        })
    }

    pub(super) fn close_order(
        &self,
        tenant: &TenantName,
        policy: &PolicyName,
    ) -> Result<Reply, Refused> {
        refuse_base(tenant)?;
        if self.close_breakers(tenant, policy)? > 0 {
            return Ok(Reply::Done {});
        }
        let message = format!("nothing keeps the policy `{policy}` from being run for `{tenant}`");
        let refused = Refused::new(Turn::Conflict, message);
        Err(refused.hint("`lictor breaker list` shows what does"))
    }

    /// Policies that aren't run for a tenant for a while, because they fault, or not for some of its subjects.
    pub(super) fn circuits_open(&self) -> Vec<String> {
        let mut open = Vec::new();
        for tenant in self.tenants() {
            let breakers = self.breakers(&tenant).unwrap_or_default();
            open.extend(breakers.iter().filter_map(|it| in_words(&tenant, it)));
        }
        open
    }
}

fn in_words(tenant: &TenantName, breaker: &BreakerReport) -> Option<String> {
    let BoundPolicy {
        policy, version, ..
    } = &*breaker.bound;
    let last = breaker.last_fault.as_ref();
    let last = last.map_or_else(String::new, |fault| format!(": {fault}"));
    let faults = breaker.faults;
    let for_whom = match (breaker.state, breaker.subjects_cut_off) {
        (CircuitState::Closed, 0) => return None,
        (CircuitState::Closed, 1) => format!("one subject of `{tenant}`"),
        (CircuitState::Closed, count) => format!("{count} subjects of `{tenant}`"),
        _ => format!("`{tenant}`"),
    };
    Some(format!(
        "the policy `{policy}` {version} isn't run for {for_whom} for a while, after {faults} faults{last}"
    ))
}

fn refuse_base(tenant: &TenantName) -> Result<(), Refused> {
    if !tenant.is_base() {
        return Ok(());
    }
    let message = "a policy of the base layer has a breaker for each tenant, and none for `base`";
    Err(Refused::new(Turn::Caller, message))
}
