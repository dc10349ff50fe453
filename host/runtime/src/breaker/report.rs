//! What an operator sees of circuit breakers.

use std::sync::Arc;
use std::time::Duration;

use lictor_policy::{Fault, PolicyName};

use super::Breaker;
use super::circuit::CircuitState;
use crate::binding::{BoundPolicy, Layer};

/// One tenant's breaker of one binding. Times are in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerReport {
    /// Which layer the policy belongs to.
    pub layer: Layer,
    /// The policy, its version and its revision.
    pub bound: Arc<BoundPolicy>,
    /// Whether the policy is run for this tenant.
    pub state: CircuitState,
    /// Since when.
    pub since_ms: u64,
    /// Until when an open circuit stays open.
    pub until_ms: Option<u64>,
    /// How often it opened for all subjects.
    pub opened: u64,
    /// How many subjects are cut off alone now; those who wait to try again are among them.
    pub subjects_cut_off: usize,
    /// How often a subject was cut off alone.
    pub cut_off: u64,
    /// How often the failure policy answered because the policy wasn't run.
    pub cut: u64,
    /// How many faults were counted.
    pub faults: u64,
    /// The last of them.
    pub last_fault: Option<Fault>,
    /// When that was.
    pub last_fault_ms: Option<u64>,
}

impl BreakerReport {
    pub(super) fn new(breaker: &Breaker, now: Duration, unix_ms: u64) -> Self {
        // Durations are measured by the clock that never jumps, so times of day are reckoned from now.
        let time_of_day = |moment: Duration| {
            let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            unix_ms
                .saturating_sub(ms(now.saturating_sub(moment)))
                .saturating_add(ms(moment.saturating_sub(now)))
        };
        let (state, since, until) = breaker.circuit.described(now);
        let last = breaker.last_fault.as_ref();
        Self {
            layer: breaker.layer,
            bound: Arc::clone(&breaker.bound),
            state,
            since_ms: time_of_day(since),
            until_ms: until.map(time_of_day),
            opened: breaker.circuit.opened(),
            subjects_cut_off: breaker.callers.cut_off(),
            cut_off: breaker.cut_off,
            cut: breaker.cut,
            faults: breaker.faults,
            last_fault: last.map(|(fault, _)| fault.clone()),
            last_fault_ms: last.map(|(_, when)| time_of_day(*when)),
        }
    }

    /// Where it stands in a list.
    pub(super) fn place(&self) -> (bool, &PolicyName, &lictor_policy::Version) {
        let own = self.layer == Layer::Tenant;
        (own, &self.bound.policy, &self.bound.version)
    }
}
