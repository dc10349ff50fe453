//! Puts the scenarios of `sdk/contract` to a policy, natively against the fake.

use contract_scenarios::{Outcome, Scenario, scenarios};
use lictor_sdk::{Decision, Effect, Fake, Fault};

fn world(scenario: &Scenario) -> Fake {
    let fake = Fake::new()
        .request(scenario.request())
        .parameters(&scenario.parameters())
        .now(scenario.now_ms);
    scenario
        .data()
        .fold(fake, |fake, (name, document)| fake.data(name, document))
}

/// What came, by the questions that the policy was asked.
fn outcome(fake: &Fake, decided: Result<Decision, Fault>) -> Outcome {
    let decision = match decided {
        Ok(decision) => decision,
        Err(fault) => return Outcome::Faulted(fault.message().to_owned()),
    };
    assert_eq!(decision.effect(), Effect::Abstain);
    let answer = |place: usize| decision.annotation(&place.to_string()).map(str::to_owned);
    Outcome::Abstained {
        answers: (0..).map_while(answer).collect(),
        observed: fake.observed(),
    }
}

/// Judges what the policy makes of every scenario.
pub fn judge_all(decide: impl Fn(&Fake) -> Result<Decision, Fault>) {
    for scenario in scenarios() {
        let fake = world(&scenario);
        let decided = decide(&fake);
        assert!(scenario.judge(&outcome(&fake, decided)) > 0);
    }
}
