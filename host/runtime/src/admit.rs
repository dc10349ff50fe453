//! Whether a request is taken on at all, and what it then holds until it is decided.

use std::sync::Arc;

use lictor_policy::{Fault, TenantName};

use crate::host::Host;
use crate::slots::SlotPermit;
use crate::tenant::{Tenant, TenantPermit};
use crate::view::View;

/// A request whose tenant is known, with one snapshot of it and one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted<'a> {
    pub(crate) tenant: &'a Arc<Tenant>,
    pub(crate) view: &'a Arc<View>,
    pub(crate) now_ms: u64,
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
    permit: Option<TenantPermit>,
    slot: Option<SlotPermit>,
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
            now_ms: self.state.clock.unix_ms(),
        })
    }
}

impl Admitted<'_> {
    /// The same, to be kept until a thread has time for it.
    pub(crate) fn keep(&self) -> Kept {
        Kept {
            tenant: Arc::clone(self.tenant),
            view: Arc::clone(self.view),
            now_ms: self.now_ms,
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
            now_ms: self.now_ms,
        }
    }
}

impl Places {
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
    pub(crate) fn start(&mut self, host: &Host) -> Result<(), Fault> {
        if self.slot.is_none() {
            let slots = if self.aside {
                &host.state.slots_aside
            } else {
                &host.state.slots
            };
            self.slot = Some(slots.take()?);
        }
        Ok(())
    }

    /// Gives the slot back while the request waits for another's evaluation, which may need it.
    pub(crate) fn pause(&mut self) {
        self.slot = None;
    }
}
