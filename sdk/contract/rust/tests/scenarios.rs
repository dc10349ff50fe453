//! The scenarios of `sdk/contract`, answered by the policy of this crate.

mod native;

use std::collections::BTreeSet;

use contract_rust::evaluate;
use contract_scenarios::{Scenario, scenarios};

#[test]
fn every_question_is_answered_as_the_contract_says() {
    native::judge_all(|fake| fake.evaluate_with(evaluate));
}

#[test]
fn every_function_of_every_place_is_asked() {
    let asked: BTreeSet<String> = scenarios()
        .iter()
        .flat_map(Scenario::questions)
        .map(|question| question.ask)
        .collect();
    for function in ["get", "count", "keys", "text", "texts"] {
        for place in ["request", "data", "parameters"] {
            assert!(
                asked.contains(&format!("{place}.{function}")),
                "{place}.{function}"
            );
        }
    }
    let relations: BTreeSet<String> = scenarios()
        .iter()
        .flat_map(Scenario::questions)
        .filter_map(|question| question.relation().map(str::to_owned))
        .collect();
    assert_eq!(relations.len(), 11, "{relations:?}");
    for ask in [
        "request.test",
        "data.test",
        "request.boolean",
        "request.integer",
        "request.decimal",
        "clock.now",
        "clock.before",
    ] {
        assert!(asked.contains(ask), "{ask}");
    }
}

#[test]
fn no_two_scenarios_have_one_name() {
    let names: BTreeSet<String> = scenarios()
        .into_iter()
        .map(|scenario| scenario.name)
        .collect();
    assert_eq!(names.len(), scenarios().len());
}
