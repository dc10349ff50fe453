//! A policy learns nothing except through questions that are recorded: each of them, in order, with its answer.

use harness::{NOW_MS, bind, patient, view};
use lictor_engine::Evaluation;

use crate::setup::QUESTIONS;

fn evaluate(guest: &str, parameters: &str) -> Evaluation {
    let prepared = bind(guest, parameters, &patient()).expect("it can be bound");
    prepared.evaluate(&view())
}

fn observed(guest: &str, parameters: &str) -> Vec<String> {
    let evaluation = evaluate(guest, parameters);
    let all = evaluation.observations.iter();
    all.map(|observation| observation.to_string()).collect()
}

#[test]
fn every_question_is_recorded_with_its_answer() {
    let expected = [
        "request.get /subject/id = \"agent-7\"",
        "data.count /users/agent-7/roles = 1",
        "request.get /context/amount = 250",
    ];
    // Asking for the parameters is none.
    assert_eq!(observed("ordinary", r#"{"limit": 300}"#), expected);
}

#[test]
fn no_kind_of_question_goes_unrecorded() {
    for (number, question) in QUESTIONS.iter().enumerate() {
        let parameters = format!(r#"{{"question": {number}, "pointer": "", "times": 2}}"#);
        let observed = observed("ask", &parameters);
        assert_eq!(observed.len(), 2, "{question}: {observed:?}");
        assert!(observed[0].starts_with(question), "{observed:?}");
    }
}

#[test]
fn what_is_no_question_about_the_world_is_not_recorded() {
    for number in QUESTIONS.len()..15 {
        let parameters = format!(r#"{{"question": {number}, "pointer": "", "times": 2}}"#);
        assert!(observed("ask", &parameters).is_empty(), "{number}");
    }
    for guest in [
        "measure-time",
        "read-wall-clock-at-start",
        "random-number",
        "read-environment",
        "read-input",
    ] {
        assert!(observed(guest, "{}").is_empty(), "{guest}");
    }
}

#[test]
fn both_clocks_are_one_observation() {
    let expected = [format!("clock.now = {NOW_MS}")];
    assert_eq!(observed("read-clock", "{}"), expected);
    assert_eq!(observed("read-wall-clock", "{}"), expected);
}

#[test]
fn a_flood_of_questions_is_recorded_up_to_its_end() {
    let evaluation = evaluate("question-flood", "{}");
    assert_eq!(evaluation.observations.len(), 1_024);
    let evaluation = evaluate("question-flood-about-parameters", "{}");
    assert!(evaluation.observations.is_empty());
}
