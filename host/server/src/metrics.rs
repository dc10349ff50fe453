//! What is counted, for Prometheus: `GET /metrics` in the OpenMetrics 1.0 text format.
//!
//! Decisions are counted as they are made; all else is read from the host when somebody asks for it. Names of tenants, policies
//! and versions are labels, up to a bound: what comes after it is counted under `other`. Must never have a label whose value a
//! caller chooses: no subject, no resource, no header, no tenant that isn't there.

mod bounded;
mod labels;
mod report;
pub(crate) mod scrape;

use std::time::Duration;

use lictor::{Fault, Host, Outcome, PolicyOutcome, TenantName};
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use bounded::Bounded;
use labels::{
    AnswerLabels, DecisionLabels, FaultLabels, PolicyLabels, RefusalLabels, Source, SourceLabels,
};
use report::HostReport;

/// The content type of what is told.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of latencies in seconds: three to a decade, from a microsecond, which a recalled decision takes, to ten seconds.
const LATENCIES: [f64; 22] = [
    1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1,
    0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// All that is counted about a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    decisions: Bounded<DecisionLabels>,
    latencies: Family<SourceLabels, Histogram>,
    policies: Bounded<PolicyLabels>,
    evaluations: Histogram,
    fuel: Bounded<DecisionLabels>,
    faults: Bounded<FaultLabels>,
    refusals: Bounded<RefusalLabels>,
    answers: Family<AnswerLabels, Counter>,
    /// Connections that are open.
    pub(crate) connections: Gauge,
    /// Connections that were closed because there were too many.
    pub(crate) connections_refused: Counter,
}

impl Metrics {
    pub(crate) fn new(host: Host) -> Self {
        let mut all = Self {
            registry: Registry::with_prefix("lictor"),
            decisions: Bounded::default(),
            latencies: Family::new_with_constructor(|| Histogram::new(LATENCIES)),
            policies: Bounded::default(),
            evaluations: Histogram::new(LATENCIES),
            fuel: Bounded::default(),
            faults: Bounded::default(),
            refusals: Bounded::default(),
            answers: Family::default(),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
        };
        all.register();
        all.registry.register_collector(Box::new(HostReport(host)));
        all
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "decisions",
            "Decisions, by tenant, effect, and whether any policy was evaluated for them",
            self.decisions.family(),
        );
        registry.register_with_unit(
            "decision_duration",
            "How long decisions took, waiting included, those that were recalled apart",
            Unit::Seconds,
            self.latencies.clone(),
        );
        registry.register(
            "policy_decisions",
            "What policies said, by version; a fault counts with the effect that the failure policy gave it",
            self.policies.family(),
        );
        registry.register_with_unit(
            "evaluation_duration",
            "How long evaluations of the tenants' own policies took in their sandbox",
            Unit::Seconds,
            self.evaluations.clone(),
        );
        registry.register(
            "fuel_used",
            "Fuel that the tenants' own policies used, by the effect of the decision",
            self.fuel.family(),
        );
        registry.register(
            "policy_faults",
            "Faults of policies, by what happened and who has to act",
            self.faults.family(),
        );
        registry.register(
            "refusals",
            "Calls that got no decision, by why and who has to act",
            self.refusals.family(),
        );
        registry.register(
            "http_responses",
            "Answers over HTTP, by path and status",
            self.answers.clone(),
        );
        registry.register(
            "connections",
            "Connections that are open",
            self.connections.clone(),
        );
        registry.register(
            "connections_refused",
            "Connections that were closed at once because there were too many",
            self.connections_refused.clone(),
        );
    }

    /// A request was decided, which took so long for its caller.
    pub(crate) fn decided(&self, tenant: &TenantName, outcome: &Outcome, took: Duration) {
        let source = Source::of(outcome.is_recalled());
        let latency = self.latencies.get_or_create(&SourceLabels { source });
        latency.observe(took.as_secs_f64());
        self.counted(tenant, outcome);
    }

    /// One of several requests that were decided together.
    pub(crate) fn counted(&self, tenant: &TenantName, outcome: &Outcome) {
        let labels = DecisionLabels::of(tenant, outcome);
        let fuel = outcome.fuel_used();
        if fuel > 0 {
            self.fuel.add(&labels, fuel);
        }
        self.decisions.add(&labels, 1);
        for policy in &outcome.policies {
            self.policy(tenant, policy);
        }
    }

    fn policy(&self, tenant: &TenantName, policy: &PolicyOutcome) {
        let Some(decision) = policy.verdict.decision() else {
            return;
        };
        let labels = PolicyLabels::of(tenant, policy, decision.effect);
        self.policies.add(&labels, 1);
        if !policy.duration.is_zero() {
            self.evaluations.observe(policy.duration.as_secs_f64());
        }
        if let Some(fault) = policy.verdict.fault() {
            let labels = FaultLabels::of(tenant, policy, fault);
            self.faults.add(&labels, 1);
        }
    }

    /// A call got no decision.
    pub(crate) fn refused(&self, tenant: &TenantName, fault: &Fault) {
        self.refusals.add(&RefusalLabels::of(tenant, fault), 1);
    }

    /// A request over HTTP was answered. The path is one of the router's own, without what stands in its places.
    pub(crate) fn answered(&self, path: &str, status: u16) {
        let path = path.to_owned();
        let labels = AnswerLabels { path, status };
        self.answers.get_or_create(&labels).inc();
    }

    /// All of it as text. It looks through the whole host: not for a thread that serves connections.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // A string takes all that is written to it.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests;
