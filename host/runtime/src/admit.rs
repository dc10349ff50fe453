//! Whether a request is taken on at all, and what it then holds until it is decided.

use std::sync::Arc;

use lictor_policy::{Fault, TenantName};

use crate::host::Host;
use crate::slots::SlotPermit;
use crate::tenant::TenantPermit;
use crate::view::View;

/// A request that the host has taken on: its tenant is known and has room, and one snapshot of it is taken.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) permit: TenantPermit,
    pub(crate) view: Arc<View>,
    pub(crate) now_ms: u64,
}

/// An admitted request that holds an evaluation slot, and so may run guests.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) admitted: Admitted,
    _slot: SlotPermit,
}

impl Host {
    /// Stage 1: the tenant is known and has room; one view of it serves everything that is done for this request.
    pub(crate) fn admit(&self, tenant: &TenantName) -> Result<Admitted, Fault> {
        let tenants = self.state.tenants.load();
        let tenant = tenants.get(tenant).ok_or_else(|| Fault::UnknownTenant {
            tenant: tenant.to_string(),
        })?;
        let view = tenant.view.load_full();
        let permit = tenant.permit(view.settings.concurrency)?;
        Ok(Admitted {
            permit,
            view,
            now_ms: self.state.clock.unix_ms(),
        })
    }

    /// Waits a little for an evaluation slot.
    pub(crate) fn start(&self, admitted: Admitted) -> Result<Running, Fault> {
        let slot = self.state.slots.take()?;
        Ok(Running {
            admitted,
            _slot: slot,
        })
    }
}
