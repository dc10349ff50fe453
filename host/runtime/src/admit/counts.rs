//! What is counted about admission, for the host and for each tenant.

use std::sync::atomic::{AtomicU64, Ordering};

use lictor_policy::{Fault, Priority, RateScope};

use super::report::{AdmissionCounts, RateLimitCounts, ShedCounts};

/// Counters that only grow.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    admitted: AtomicU64,
    tenant_busy: AtomicU64,
    queue_full: AtomicU64,
    overloaded: AtomicU64,
    /// By priority, the lowest first.
    shed: [AtomicU64; 4],
    /// By scope, the narrowest first.
    rate_limited: [AtomicU64; 3],
}

impl Counts {
    /// A call was given an evaluator.
    pub(crate) fn admit(&self) {
        self.admitted.fetch_add(1, Ordering::Relaxed);
    }

    /// A call was refused, if this is a refusal.
    pub(super) fn refuse(&self, fault: &Fault) {
        let counter = match fault {
            Fault::TenantBusy { .. } => Some(&self.tenant_busy),
            Fault::QueueFull { .. } => Some(&self.queue_full),
            Fault::Overloaded { .. } => Some(&self.overloaded),
            Fault::Shed { priority, .. } => self.shed.get(*priority as usize),
            Fault::RateLimited { scope, .. } => self.rate_limited.get(*scope as usize),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> AdmissionCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let shed = |priority: Priority| self.shed.get(priority as usize).map_or(0, read);
        let limited = |scope: RateScope| self.rate_limited.get(scope as usize).map_or(0, read);
        AdmissionCounts {
            admitted: read(&self.admitted),
            tenant_busy: read(&self.tenant_busy),
            queue_full: read(&self.queue_full),
            overloaded: read(&self.overloaded),
            shed: ShedCounts {
                low: shed(Priority::Low),
                normal: shed(Priority::Normal),
                high: shed(Priority::High),
                critical: shed(Priority::Critical),
            },
            rate_limited: RateLimitCounts {
                agent: limited(RateScope::Agent),
                tenant: limited(RateScope::Tenant),
                host: limited(RateScope::Host),
            },
        }
    }
}
