//! A tenant as the host keeps it: its snapshot, and how many evaluations it has in flight.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use foldhash::quality::FixedState;
use lictor_policy::{Effect, Fault, TenantName};
use serde::{Deserialize, Serialize};

use crate::admit::{Buckets, Counts, RETRY_AFTER_MS, Rate};
use crate::breaker::Breakers;
use crate::error::HostError;
use crate::judge::FailurePolicy;
use crate::recall::Memory;
use crate::view::View;

/// What a tenant may do and how it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantSettings {
    /// The effect when none of the tenant's policies has an opinion. Default `deny`; not `abstain`.
    pub default_effect: Effect,
    /// What answers when a policy has a fault. Default [`FailurePolicy::Deny`].
    pub on_failure: FailurePolicy,
    /// How many evaluations the tenant may have in flight or waiting at once. Default 32, at least 1.
    pub concurrency: u32,
    /// How many bytes all its documents together may take in memory. Default 512 MiB.
    pub data_bytes: usize,
    /// How often it is served where several tenants' evaluations wait: twice as often as one of half the weight. Default 1, from
    /// 1 to 1,000.
    pub weight: u32,
    /// How many decisions it may ask for in a time, recalled ones included. Default none: as many as the host can give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// How many decisions each of its agents may ask for in a time, recalled ones included; an agent is a subject's id.
    /// Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_rate: Option<Rate>,
}

/// The greatest weight of a tenant.
const WEIGHT_MAX: u32 = 1_000;

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            default_effect: Effect::Deny,
            on_failure: FailurePolicy::Deny,
            concurrency: 32,
            data_bytes: 512 * 1024 * 1024,
            weight: 1,
            rate: None,
            agent_rate: None,
        }
    }
}

impl TenantSettings {
    pub(crate) fn checked(mut self) -> Result<Self, HostError> {
        if self.default_effect == Effect::Abstain {
            return Err(HostError::DefaultEffect {
                effect: self.default_effect,
            });
        }
        self.concurrency = self.concurrency.max(1);
        self.weight = self.weight.clamp(1, WEIGHT_MAX);
        Ok(self)
    }
}

/// The tenants by name. Their places are seeded anew at each start, so that nobody can choose names that share one.
pub(crate) type Tenants = HashMap<TenantName, Arc<Tenant>, FixedState>;

/// One tenant.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) name: TenantName,
    pub(crate) view: ArcSwap<View>,
    /// What it remembers; nothing where the host recalls nothing.
    pub(crate) memory: Option<Arc<Memory>>,
    /// What is known of policies that fault, the operator's among them.
    pub(crate) breakers: Breakers,
    /// What is left of its rates.
    pub(crate) buckets: Buckets,
    pub(crate) counts: Counts,
    in_flight: AtomicU32,
}

impl Tenant {
    pub(crate) fn new(name: TenantName, view: View, memory: Option<Arc<Memory>>) -> Self {
        Self {
            name,
            view: ArcSwap::from_pointee(view),
            memory,
            breakers: Breakers::default(),
            buckets: Buckets::default(),
            counts: Counts::default(),
            in_flight: AtomicU32::new(0),
        }
    }

    /// How many evaluations are in flight or waiting.
    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Takes one of the tenant's places for an evaluation in flight, until the permit is dropped.
    ///
    /// # Errors
    /// The tenant has none left.
    pub(crate) fn permit(self: &Arc<Self>, limit: u32) -> Result<TenantPermit, Fault> {
        let take = |in_flight: u32| (in_flight < limit).then_some(in_flight + 1);
        self.in_flight
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, take)
            .map_err(|_| Fault::TenantBusy {
                limit,
                retry_after_ms: RETRY_AFTER_MS,
            })?;
        Ok(TenantPermit {
            tenant: Arc::clone(self),
        })
    }
}

/// A tenant's place for one evaluation in flight.
#[derive(Debug)]
pub(crate) struct TenantPermit {
    tenant: Arc<Tenant>,
}

impl Drop for TenantPermit {
    fn drop(&mut self) {
        self.tenant.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Base;

    #[test]
    fn a_tenant_has_only_so_many_places() {
        let view = View::new(TenantSettings::default(), &Base::default());
        let tenant = Arc::new(Tenant::new("bank".parse().unwrap(), view, None));
        let first = tenant.permit(2).unwrap();
        let _second = tenant.permit(2).unwrap();
        let busy = tenant.permit(2).unwrap_err();
        assert!(matches!(busy, Fault::TenantBusy { limit: 2, .. }));
        drop(first);
        assert!(tenant.permit(2).is_ok());
    }

    #[test]
    fn abstaining_is_no_default() {
        let settings = TenantSettings {
            default_effect: Effect::Abstain,
            ..TenantSettings::default()
        };
        assert!(matches!(
            settings.checked(),
            Err(HostError::DefaultEffect {
                effect: Effect::Abstain
            })
        ));
    }
}
