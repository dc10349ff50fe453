//! Reads the scenarios of `sdk/contract` and puts their questions to a policy, natively against the fake.

use std::collections::BTreeMap;

use lictor_sdk::{Decision, Effect, Fake, Fault};
use serde::Deserialize;
use serde_json::value::RawValue;

const SCENARIOS: &str = include_str!("../../../scenarios.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[serde(borrow)]
    scenarios: Vec<Scenario<'a>>,
}

/// Worlds are kept as they are written: the spelling of numbers is what some scenarios are about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario<'a> {
    pub name: String,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    parameters: BTreeMap<String, &'a RawValue>,
    #[serde(default)]
    now: u64,
    #[serde(borrow)]
    questions: Vec<&'a RawValue>,
    fault: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub ask: String,
    #[serde(default)]
    pointer: Option<String>,
    #[serde(default)]
    unix_ms: Option<u64>,
    #[serde(default, rename = "presence")]
    _presence: Option<String>,
    #[serde(default)]
    answer: Option<String>,
}

impl Scenario<'_> {
    fn world(&self) -> Fake {
        let mut parameters = self.parameters.clone();
        let questions =
            serde_json::value::to_raw_value(&self.questions).expect("they were read as JSON");
        parameters.insert("questions".to_owned(), &questions);
        let mut fake = Fake::new()
            .now(self.now)
            .parameters(&serde_json::to_string(&parameters).expect("they were read as JSON"));
        if let Some(request) = self.request {
            fake = fake.request(request.get());
        }
        for (name, document) in &self.data {
            fake = fake.data(name, document.get());
        }
        fake
    }

    pub fn questions(&self) -> Vec<Question> {
        self.questions
            .iter()
            .map(|raw| serde_json::from_str(raw.get()).expect("a question of the contract"))
            .collect()
    }
}

impl Question {
    fn asked_pointer(&self) -> &str {
        self.pointer.as_deref().expect("a pointer")
    }

    /// The observation that it makes, as the host writes it.
    fn observation(&self) -> Option<String> {
        let (place, function) = self.ask.split_once('.').expect("a place and a function");
        match (place, function) {
            ("parameters", _) => None,
            ("clock", "now") => Some("clock.now".to_owned()),
            ("clock", _) => Some(format!("clock.before {}", self.unix_ms.expect("a time"))),
            (_, "count" | "keys") => Some(format!("{} {}", self.ask, self.asked_pointer())),
            _ => Some(format!("{place}.get {}", self.asked_pointer())),
        }
    }
}

/// All scenarios.
pub fn scenarios() -> Vec<Scenario<'static>> {
    serde_json::from_str::<File>(SCENARIOS)
        .expect("scenarios of the contract")
        .scenarios
}

/// Whether the policy gives the answers that must come, by the questions that it is asked.
pub fn check_all(decide: impl Fn(&Fake) -> Result<Decision, Fault>) {
    for scenario in scenarios() {
        let fake = scenario.world();
        let outcome = decide(&fake);
        if let Some(fault) = &scenario.fault {
            let given = outcome.expect_err(&scenario.name);
            assert!(
                given.message().contains(fault),
                "{}: {given}",
                scenario.name
            );
            continue;
        }
        let decision = outcome.expect(&scenario.name);
        assert_eq!(decision.effect(), Effect::Abstain);
        for (place, question) in scenario.questions().iter().enumerate() {
            let given = decision.annotation(&place.to_string());
            assert!(
                question.answer.is_some(),
                "{}: question {place} has no answer",
                scenario.name
            );
            assert_eq!(
                given,
                question.answer.as_deref(),
                "{}: question {place}",
                scenario.name
            );
        }
        let observed: Vec<String> = scenario
            .questions()
            .iter()
            .filter_map(Question::observation)
            .collect();
        assert_eq!(fake.observed(), observed, "{}", scenario.name);
    }
}
