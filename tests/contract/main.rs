//! The scenarios of `sdk/contract`, answered by policies on the engine: what the natively run tests say is true there too.

#![cfg(test)]

use std::sync::Arc;

use contract_scenarios::{Outcome, Scenario, scenarios};
use harness::{policy, say};
use lictor::{
    BindingSpec, Effect, Host, ManualClock, PolicyOutcome, Request, Start, TenantName,
    TenantSettings, Verdict,
};

/// A host, and the clock that it goes by.
struct World {
    host: Host,
    clock: Arc<ManualClock>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(0));
        let host = Host::builder()
            .keyring(harness::keyring())
            .clock(clock.clone())
            .compiler(harness::compiler())
            .build()
            .unwrap();
        Self { host, clock }
    }

    /// A tenant that has the scenario's data and nothing else.
    fn tenant(&self, name: &str, scenario: &Scenario) -> TenantName {
        let tenant = name.parse().unwrap();
        self.host
            .add_tenant(&tenant, TenantSettings::default())
            .unwrap();
        for (name, document) in scenario.data() {
            self.host
                .put_data(&tenant, name.parse().unwrap(), document.as_bytes())
                .unwrap();
        }
        tenant
    }

    /// What the tenant's one policy makes of the scenario's request.
    fn evaluate(&self, tenant: &TenantName, scenario: &Scenario) -> PolicyOutcome {
        self.clock.set(scenario.now_ms);
        let request = Request::from_json(scenario.request().as_bytes()).unwrap();
        let mut outcome = self.host.evaluate(tenant, &request).unwrap();
        assert_eq!(outcome.policies.len(), 1);
        outcome.policies.remove(0)
    }
}

fn outcome(given: &PolicyOutcome) -> Outcome {
    let decision = match &given.verdict {
        Verdict::Decided(decision) => decision,
        Verdict::Faulted { fault, .. } => return Outcome::Faulted(fault.to_string()),
        Verdict::NotApplicable => panic!("it applies to every request"),
    };
    assert_eq!(decision.effect, Effect::Abstain);
    let answer = |(place, (name, answer)): (usize, &(String, String))| {
        assert_eq!(*name, place.to_string());
        answer.clone()
    };
    let answers = decision.annotations.iter().enumerate().map(answer);
    let observed = given.observations.iter();
    Outcome::Abstained {
        answers: answers.collect(),
        observed: observed.map(|seen| seen.question.to_string()).collect(),
    }
}

/// Judges what a policy makes of every scenario, twice each, since an evaluation may leave nothing behind.
fn judge_all(name: &str, spec: &BindingSpec, start: &Start) {
    let world = World::new();
    let mut judged = 0;
    for (place, scenario) in scenarios().iter().enumerate() {
        let tenant = world.tenant(&format!("scenario-{place}"), scenario);
        let spec = spec.clone().parameters(scenario.parameters());
        let bound = world.host.bind(&tenant, spec).unwrap();
        assert_eq!(bound.start, *start, "{}", scenario.name);
        for _ in 0..2 {
            judged += scenario.judge(&outcome(&world.evaluate(&tenant, scenario)));
        }
    }
    say(&format!(
        "judged {judged} checks of the contract by `{name}`"
    ));
}

#[test]
fn a_policy_that_starts_fresh_answers_as_the_contract_says() {
    let spec = policy("sdk/contract/rust");
    judge_all("contract-rust", &spec, &Start::Fresh);
}

#[test]
fn a_policy_that_starts_from_a_snapshot_answers_as_the_contract_says() {
    let spec = policy("sdk/contract/rust-prepared");
    judge_all("contract-rust-prepared", &spec, &Start::Snapshot);
}
