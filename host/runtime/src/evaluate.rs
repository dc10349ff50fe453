//! The path of a request, from a tenant's name and a request to a decision, in stages.
//!
//! Each stage takes what the one before it proved. No lock is held while a guest runs.

use std::sync::Arc;
use std::time::Duration;

use lictor_engine::{Evaluation, Log, View};
use lictor_policy::{
    Decision, Documents, Effect, Fault, Observations, Request, TenantName, combine, tighten,
};

use crate::admit::{Admitted, Running};
use crate::binding::{Binding, BoundPolicy, Layer};
use crate::host::Host;
use crate::judge::{self, FailurePolicy};
use crate::outcome::{Outcome, PolicyOutcome, Verdict};
use crate::record::Record;
use crate::view::{Bindings, Route};

impl Host {
    /// Decides a request for a tenant, on the calling thread. Callable from any thread that may be busy for the deadlines of
    /// the tenant's policies; from asynchronous code use [`Host::evaluate_async`].
    ///
    /// # Errors
    /// There is no decision: the tenant is unknown or has too many evaluations in flight, the host is overloaded, or the
    /// record could not be taken. A policy's own fault is no error here; the tenant's failure policy answers for it.
    pub fn evaluate(&self, tenant: &TenantName, request: &Request) -> Result<Outcome, Fault> {
        let running = self.start(self.admit(tenant)?)?;
        self.decide(&running, request)
    }

    /// Decides one request that was admitted.
    pub(crate) fn decide(&self, running: &Running, request: &Request) -> Result<Outcome, Fault> {
        let Admitted {
            permit,
            view,
            now_ms,
        } = &running.admitted;
        let began = self.state.clock.monotonic();

        // 2 choose, 4 evaluate, 5 judge: each layer's bindings that apply, in order, under one view.
        let base = Stage {
            host: self,
            request,
            now_ms: *now_ms,
            layer: Layer::Base,
            data: &view.base_data,
        };
        let tenant = Stage {
            layer: Layer::Tenant,
            data: &view.data,
            ..base
        };
        let mut policies = base.run(&view.base, FailurePolicy::Deny);
        let own = policies.len();
        policies.extend(tenant.run(&view.bindings, view.settings.on_failure));

        // 6 combine: the strictest of the tenant's own, or its default; then the base may tighten.
        let (of_base, of_tenant) = policies.split_at(own);
        let decision = combined(of_base, of_tenant, view.settings.default_effect);
        let duration = self.state.clock.monotonic().saturating_sub(began);
        let outcome = Outcome {
            decision_id: self.state.ids.next(),
            decision,
            policies,
            duration,
        };

        // 7 record: before the caller learns the decision.
        self.state
            .sink
            .emit(|| Record::new(permit.tenant(), request, *now_ms, &outcome))?;
        Ok(as_tenants_see_it(outcome))
    }
}

/// What the policies of one layer are run with.
#[derive(Clone, Copy)]
struct Stage<'a> {
    host: &'a Host,
    request: &'a Request,
    now_ms: u64,
    layer: Layer,
    data: &'a Documents,
}

impl Stage<'_> {
    fn run(&self, bindings: &Bindings, on_failure: FailurePolicy) -> Vec<PolicyOutcome> {
        bindings
            .iter()
            .map(|route| self.run_one(route, on_failure))
            .collect()
    }

    fn run_one(&self, route: &Route, on_failure: FailurePolicy) -> PolicyOutcome {
        if !route.current.applies(self.request) {
            return self.not_applicable(&route.current);
        }
        let (outcome, ran) = self.evaluate(&route.current);
        match outcome {
            Ok(decision) => ran.said(Verdict::Decided(decision)),
            Err(fault) => self.judge(route, on_failure, fault, ran),
        }
    }

    /// Stage 4: a fresh store and instance, limits set, one call.
    fn evaluate(&self, binding: &Binding) -> (Result<Decision, Fault>, Ran) {
        let clock = &self.host.state.clock;
        let view = View {
            request: self.request.clone(),
            data: self.data.clone(),
            now_ms: self.now_ms,
        };
        let began = clock.monotonic();
        let Evaluation {
            outcome,
            fuel_used,
            observations,
            log,
        } = binding.prepared.evaluate(&view);
        let duration = clock.monotonic().saturating_sub(began);
        if outcome.is_ok() {
            binding.note_decided();
        }
        let bound = binding.described.clone();
        (
            outcome,
            Ran {
                layer: self.layer,
                bound,
                fuel_used,
                duration,
                observations,
                log,
            },
        )
    }

    /// Stage 5: a fault becomes what the failure policy says.
    fn judge(
        &self,
        route: &Route,
        on_failure: FailurePolicy,
        fault: Fault,
        mut ran: Ran,
    ) -> PolicyOutcome {
        if on_failure == FailurePolicy::LastGood
            && let Some((answer, again)) = self.ask_last_good(route)
        {
            ran.fuel_used = ran.fuel_used.saturating_add(again.fuel_used);
            ran.duration += again.duration;
            let by = Some(again.bound);
            return ran.said(Verdict::Faulted { fault, answer, by });
        }
        let answer = match self.layer {
            Layer::Tenant => on_failure.decision(&ran.bound.policy, &fault),
            Layer::Base => judge::operators_fault(&fault),
        };
        let by = None;
        ran.said(Verdict::Faulted { fault, answer, by })
    }

    /// The decision of the last good version, where there is one that applies to such requests and has no fault itself.
    fn ask_last_good(&self, route: &Route) -> Option<(Decision, Ran)> {
        let last_good = route.last_good.as_ref()?;
        if !last_good.applies(self.request) {
            return None;
        }
        let (outcome, ran) = self.evaluate(last_good);
        Some((outcome.ok()?, ran))
    }

    fn not_applicable(&self, binding: &Binding) -> PolicyOutcome {
        let ran = Ran {
            layer: self.layer,
            bound: binding.described.clone(),
            fuel_used: 0,
            duration: Duration::ZERO,
            observations: Observations::new(),
            log: Log::default(),
        };
        ran.said(Verdict::NotApplicable)
    }
}

/// One policy that was run, without what it said.
struct Ran {
    layer: Layer,
    bound: Arc<BoundPolicy>,
    fuel_used: u64,
    duration: Duration,
    observations: Observations,
    log: Log,
}

impl Ran {
    fn said(self, verdict: Verdict) -> PolicyOutcome {
        let Ran {
            layer,
            bound,
            fuel_used,
            duration,
            observations,
            log,
        } = self;
        PolicyOutcome {
            layer,
            bound,
            verdict,
            fuel_used,
            duration,
            observations,
            log,
        }
    }
}

/// Stage 6: one decision of all. A binding that doesn't apply counts as an abstention.
fn combined(base: &[PolicyOutcome], tenant: &[PolicyOutcome], default_effect: Effect) -> Decision {
    let own = combine(said(tenant)).unwrap_or_else(|| judge::undecided(default_effect));
    tighten(own, said(base))
}

fn said(policies: &[PolicyOutcome]) -> impl Iterator<Item = &Decision> {
    policies
        .iter()
        .filter_map(|policy| policy.verdict.decision())
}

/// The outcome as the tenant may see it: what the base layer asked is the operator's affair.
fn as_tenants_see_it(mut outcome: Outcome) -> Outcome {
    for policy in outcome
        .policies
        .iter_mut()
        .filter(|policy| policy.layer == Layer::Base)
    {
        policy.observations = Observations::new();
        policy.log = Log::default();
        policy.fuel_used = 0;
        policy.duration = Duration::ZERO;
    }
    outcome
}
