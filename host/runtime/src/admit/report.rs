//! What an operator sees of admission. Nothing in it has a name that a caller chose: there is one line for each priority and
//! one for each tenant.

use std::time::Duration;

use lictor_policy::{Priority, TenantName};
use serde::Serialize;

use crate::error::HostError;
use crate::host::Host;

/// What was admitted and refused since the host started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdmissionReport {
    /// Calls, over all tenants, also those that were let go since.
    pub counts: AdmissionCounts,
    /// What waits, and has waited, for an evaluator thread, the lowest priority first.
    pub priorities: [PriorityReport; 4],
    /// The places for evaluations.
    pub slots: SlotUse,
}

/// How many evaluations the host has in flight at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SlotUse {
    /// How many it may have.
    pub total: u32,
    /// How many it has.
    pub taken: u32,
    /// How many threads of callers wait for one.
    pub waiting: usize,
}

/// What was admitted and refused of one tenant since it was taken in or the host started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TenantAdmission {
    /// Calls.
    pub counts: AdmissionCounts,
    /// How many calls wait for an evaluator thread.
    pub waiting: usize,
    /// How many calls wait or are being evaluated; as many as `concurrency` may.
    pub in_flight: u32,
}

/// How many calls were admitted and refused. A batch is one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AdmissionCounts {
    /// Calls that were given an evaluator. What is recalled needs none and isn't counted here.
    pub admitted: u64,
    /// Calls refused because their tenant had as many in flight as it may.
    pub tenant_busy: u64,
    /// Calls refused because the queue had no room.
    pub queue_full: u64,
    /// Calls refused because no evaluation slot came free in time.
    pub overloaded: u64,
    /// Calls refused after they had waited, or to make room, by priority.
    pub shed: ShedCounts,
    /// Calls refused because a rate was used up, by whose.
    pub rate_limited: RateLimitCounts,
}

/// How many calls of each priority were shed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ShedCounts {
    pub low: u64,
    pub normal: u64,
    pub high: u64,
    pub critical: u64,
}

/// How many calls were refused by the rate of their agent, their tenant or the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RateLimitCounts {
    pub agent: u64,
    pub tenant: u64,
    pub host: u64,
}

/// What waits, and has waited, of one priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriorityReport {
    /// Which.
    pub priority: Priority,
    /// How many calls wait now.
    pub waiting: usize,
    /// How long the oldest of them has waited; 0 where none waits.
    pub oldest: Duration,
    /// How many calls were given a thread since the host started.
    pub served: u64,
    /// How long these had waited together.
    pub waited: Duration,
}

impl PriorityReport {
    pub(super) fn of(priority: Priority) -> Self {
        Self {
            priority,
            waiting: 0,
            oldest: Duration::ZERO,
            served: 0,
            waited: Duration::ZERO,
        }
    }
}

impl Host {
    /// What was admitted and refused over all tenants.
    pub fn admission_report(&self) -> AdmissionReport {
        AdmissionReport {
            counts: self.state.counts.read(),
            priorities: self.state.workers.queue().report(),
            slots: self.state.slots.used(),
        }
    }

    /// What was admitted and refused of one tenant.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn admission_of(&self, tenant: &TenantName) -> Result<TenantAdmission, HostError> {
        let known = self.tenant(tenant)?;
        Ok(TenantAdmission {
            counts: known.counts.read(),
            waiting: self.state.workers.queue().len_of(tenant),
            in_flight: known.in_flight(),
        })
    }
}
