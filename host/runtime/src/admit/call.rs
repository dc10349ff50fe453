//! How callers come in: for which tenant, with which priority, on their own thread or asynchronously.

use std::slice;

use lictor_policy::{Fault, Priority, Request, TenantName};

use super::Places;
use crate::batch::{self, Semantics};
use crate::host::Host;
use crate::outcome::Outcome;

/// A call to a host for a tenant, and how much it matters.
///
/// The priority is the embedder's to say, by who calls or which route it is; a request can't name its own.
///
/// ```no_run
/// # fn decide(host: &lictor::Host, bank: &lictor::TenantName, request: &lictor::Request) -> Result<(), lictor::Fault> {
/// use lictor::Priority;
///
/// let outcome = host.call(bank).priority(Priority::High).evaluate(request)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Call<'a> {
    host: &'a Host,
    tenant: &'a TenantName,
    priority: Priority,
}

impl Host {
    /// A call for this tenant, of priority [`Priority::Normal`].
    pub fn call<'a>(&'a self, tenant: &'a TenantName) -> Call<'a> {
        Call {
            host: self,
            tenant,
            priority: Priority::default(),
        }
    }

    /// Decides a request for a tenant, on the calling thread. Callable from any thread that may be busy for the deadlines of
    /// the tenant's policies; from asynchronous code use [`Host::evaluate_async`]. [`Host::call`] does the same with a priority.
    ///
    /// # Errors
    /// There is no decision: the tenant is unknown or has too many evaluations in flight, a rate is used up, the host is
    /// overloaded, or the record could not be taken. [`Fault::retry_after`] says when to try again. A policy's own fault is no
    /// error here; the tenant's failure policy answers for it.
    pub fn evaluate(&self, tenant: &TenantName, request: &Request) -> Result<Outcome, Fault> {
        self.call(tenant).evaluate(request)
    }

    /// Decides several requests, in order, under one view of the tenant: no change comes between them. Each has its own
    /// decision id and record.
    ///
    /// The answer has one outcome for each request up to and with the one that ended the batch. A batch takes of the rates
    /// what all its requests need, or is refused as a whole, also where it ends early.
    ///
    /// # Errors
    /// As for [`Host::evaluate`], and when there are more than [`BATCH_MAX`](crate::BATCH_MAX) requests, or more than a rate lets
    /// through at once; requests before the error have been decided and recorded.
    pub fn evaluate_all(
        &self,
        tenant: &TenantName,
        requests: &[Request],
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        self.call(tenant).evaluate_all(requests, semantics)
    }

    /// Decides a request for a tenant: at once where all its policies are recalled and that takes some microseconds, else on one
    /// of the host's evaluator threads, under the same view.
    ///
    /// The future needs no particular runtime and may be dropped: what waits in the queue is then not evaluated.
    ///
    /// # Errors
    /// As for [`Host::evaluate`], when the queue of the evaluator threads is full, and when the call has waited there for too long.
    pub async fn evaluate_async(
        &self,
        tenant: &TenantName,
        request: &Request,
    ) -> Result<Outcome, Fault> {
        self.call(tenant).evaluate_async(request).await
    }

    /// Decides several requests as [`Host::evaluate_all`] does, on one of the host's evaluator threads.
    ///
    /// # Errors
    /// As for [`Host::evaluate_all`], and as for [`Host::evaluate_async`].
    pub async fn evaluate_all_async(
        &self,
        tenant: &TenantName,
        requests: Vec<Request>,
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        let call = self.call(tenant);
        call.evaluate_all_async(requests, semantics).await
    }
}

impl Call<'_> {
    /// The same call with this priority.
    pub fn priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// As [`Host::evaluate`].
    ///
    /// # Errors
    /// As for [`Host::evaluate`].
    pub fn evaluate(self, request: &Request) -> Result<Outcome, Fault> {
        let decided = self.host.admit(self.tenant, |admitted| {
            self.host.ration(&admitted, slice::from_ref(request))?;
            let mut places = Places::of(self.priority);
            self.host.decide(admitted, &mut places, request)
        });
        decided.map_err(|fault| self.refused(fault))
    }

    /// As [`Host::evaluate_all`].
    ///
    /// # Errors
    /// As for [`Host::evaluate_all`].
    pub fn evaluate_all(
        self,
        requests: &[Request],
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        batch::check_size(requests)?;
        let decided = self.host.admit(self.tenant, |admitted| {
            self.host.ration(&admitted, requests)?;
            let mut places = Places::of(self.priority);
            self.host
                .decide_all(admitted, &mut places, requests, semantics)
        });
        decided.map_err(|fault| self.refused(fault))
    }

    /// As [`Host::evaluate_async`].
    ///
    /// # Errors
    /// As for [`Host::evaluate_async`].
    pub async fn evaluate_async(self, request: &Request) -> Result<Outcome, Fault> {
        let decided = self.host.decide_async(self.tenant, self.priority, request);
        decided.await.map_err(|fault| self.refused(fault))
    }

    /// As [`Host::evaluate_all_async`].
    ///
    /// # Errors
    /// As for [`Host::evaluate_all_async`].
    pub async fn evaluate_all_async(
        self,
        requests: Vec<Request>,
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        batch::check_size(&requests)?;
        let decided = self
            .host
            .decide_all_async(self.tenant, self.priority, requests, semantics);
        decided.await.map_err(|fault| self.refused(fault))
    }

    /// Counts a refusal, and spreads the time after which those who are refused come back.
    #[cold]
    fn refused(&self, fault: Fault) -> Fault {
        let state = &self.host.state;
        state.counts.refuse(&fault);
        if let Some(tenant) = state.tenants.load().get(self.tenant) {
            tenant.counts.refuse(&fault);
        }
        fault.spread(state.ids.next().number())
    }
}
