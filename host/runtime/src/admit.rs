//! Whether a request is taken on at all, who goes first where there is more to do than evaluators, and what a request then
//! holds until it is decided.
//!
//! `call.rs` is how callers come in, `limit.rs` counts rates, `line.rs` says who is next, `delay.rs` who has waited too long. Must never
//! answer anything but with a fault: a refusal is no decision, and never becomes `allow`.

mod agents;
mod bucket;
mod call;
mod counts;
mod delay;
mod limit;
mod line;
mod pace;
mod queue;
mod rate;
mod report;
mod settings;
mod slots;
mod workers;

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use lictor_policy::{Fault, Priority, Request, TenantName};

pub use call::Call;
pub(crate) use counts::Counts;
pub(crate) use limit::{Buckets, Limits};
pub(crate) use line::{Caller, Lane};
pub(crate) use pace::Pace;
pub(crate) use queue::FairQueue;
pub use rate::{Rate, RateError};
pub use report::{
    AdmissionCounts, AdmissionReport, PriorityReport, RateLimitCounts, ShedCounts, SlotUse,
    TenantAdmission,
};
pub use settings::{AdmissionSettings, WaitTargets};
pub(crate) use slots::{SlotPermit, Slots};
pub(crate) use workers::Workers;

use crate::clock::Moment;
use crate::host::Host;
use crate::tenant::{Tenant, TenantPermit};
use crate::view::View;

/// How long whoever is refused for want of room waits at least before another try: as long as a queue must stand before it
/// is cut back. What is given out is spread over twice that.
pub(crate) const RETRY_AFTER_MS: u64 = 100;

/// A request whose tenant is known, with one snapshot of it and one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted<'a> {
    pub(crate) tenant: &'a Arc<Tenant>,
    pub(crate) view: &'a Arc<View>,
    pub(crate) moment: Moment<'a>,
}

/// What an admitted request has of its own while it waits for a thread.
#[derive(Debug)]
pub(crate) struct Kept {
    tenant: Arc<Tenant>,
    view: Arc<View>,
    now_ms: u64,
}

/// The places that a request takes once a guest has to run for it: one of its tenant, kept to the end, and one of the host.
///
/// A request whose decision is recalled takes none.
#[derive(Debug, Default)]
pub(crate) struct Places {
    priority: Priority,
    permit: Option<TenantPermit>,
    slot: Option<SlotPermit>,
    /// Whether it was counted as one that was given an evaluator.
    is_counted: bool,
    /// Whether nobody waits for what is evaluated: it takes nothing from those for whom somebody does.
    aside: bool,
}

impl Host {
    /// Stage 1: the tenant is known; one view of it serves everything that is done for this request.
    pub(crate) fn admit<T>(
        &self,
        tenant: &TenantName,
        go_on: impl FnOnce(Admitted<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let tenants = self.state.tenants.load();
        let tenant = tenants.get(tenant).ok_or_else(|| Fault::UnknownTenant {
            tenant: tenant.to_string(),
        })?;
        go_on(Admitted {
            tenant,
            view: &tenant.view.load(),
            moment: Moment::Unread {
                clock: &*self.state.clock,
                read: &OnceCell::new(),
            },
        })
    }
}

impl Admitted<'_> {
    /// The same, to be kept until a thread has time for it.
    pub(crate) fn keep(&self) -> Kept {
        Kept {
            tenant: Arc::clone(self.tenant),
            view: Arc::clone(self.view),
            now_ms: self.moment.unix_ms(),
        }
    }

    /// On whose behalf these requests are evaluated.
    fn caller(&self, host: &Host, priority: Priority, requests: &[Request]) -> Caller<'_> {
        let times = requests.iter().map(|request| self.view.expected(request));
        let expected: Duration = times.fold(Duration::ZERO, Duration::saturating_add);
        Caller {
            tenant: &self.tenant.name,
            weight: self.view.settings.weight,
            priority,
            lane: if expected > host.state.slow {
                Lane::Slow
            } else {
                Lane::Fast
            },
        }
    }
}

impl Kept {
    /// A request of this tenant, under a view that may be no one else's.
    pub(crate) fn new(tenant: Arc<Tenant>, view: Arc<View>, now_ms: u64) -> Self {
        Self {
            tenant,
            view,
            now_ms,
        }
    }

    pub(crate) fn admitted(&self) -> Admitted<'_> {
        Admitted {
            tenant: &self.tenant,
            view: &self.view,
            moment: Moment::At(self.now_ms),
        }
    }
}

impl Places {
    /// None yet, for a call that matters so much.
    pub(crate) fn of(priority: Priority) -> Self {
        Self {
            priority,
            ..Self::default()
        }
    }

    /// Places beside those of requests that somebody waits for: none of the tenant, and a slot of those that are set apart.
    pub(crate) fn aside() -> Self {
        Self {
            aside: true,
            ..Self::default()
        }
    }

    pub(crate) fn is_aside(&self) -> bool {
        self.aside
    }

    /// Takes a place of the tenant, unless there is one already.
    ///
    /// # Errors
    /// The tenant has as many evaluations in flight as it may have.
    pub(crate) fn enter(&mut self, admitted: &Admitted<'_>) -> Result<(), Fault> {
        if self.permit.is_none() && !self.aside {
            let concurrency = admitted.view.settings.concurrency;
            self.permit = Some(admitted.tenant.permit(concurrency)?);
        }
        Ok(())
    }

    /// Takes a slot of the host, unless there is one already, and waits a little for it.
    ///
    /// # Errors
    /// None came free in time.
    pub(crate) fn start(
        &mut self,
        host: &Host,
        admitted: &Admitted<'_>,
        request: &Request,
    ) -> Result<(), Fault> {
        if self.slot.is_some() {
            return Ok(());
        }
        if self.aside {
            let caller = Caller::of(&admitted.tenant.name);
            self.slot = Some(host.state.slots_aside.take(caller)?);
            return Ok(());
        }
        let caller = admitted.caller(host, self.priority, std::slice::from_ref(request));
        self.slot = Some(host.state.slots.take(caller)?);
        if !std::mem::replace(&mut self.is_counted, true) {
            host.state.counts.admit();
            admitted.tenant.counts.admit();
        }
        Ok(())
    }

    /// Gives the slot back while the request waits for another's evaluation, which may need it.
    pub(crate) fn pause(&mut self) {
        self.slot = None;
    }
}
