//! Fuel is deterministic: the same evaluation burns the same, on any machine, and the prices stand in a golden file.

use std::fmt::Write as _;
use std::thread;

use harness::{assert_golden, bind, patient, view};
use lictor_policy::Relation;

use crate::decide;

/// How often each guest is evaluated.
const RUNS: u32 = 100;

#[test]
fn a_hundred_runs_burn_the_same_fuel_on_two_threads() {
    for row in decide::rows() {
        let prepared = bind(row.guest, &row.parameters, &row.limits).expect("it can be bound");
        let first = prepared.evaluate(&row.view);
        let burnt_again = || {
            (1..RUNS / 2).all(|_| {
                let evaluation = prepared.evaluate(&row.view);
                evaluation.fuel_used == first.fuel_used && evaluation.outcome == first.outcome
            })
        };
        let (here, there) = thread::scope(|scope| {
            let there = scope.spawn(burnt_again);
            (burnt_again(), there.join().expect("it doesn't panic"))
        });
        assert!(here && there, "{}", row.guest);
    }
}

/// What the guest `ask` asks by number.
const QUESTIONS: [&str; 14] = [
    "request.get",
    "request.count",
    "request.keys",
    "data.get",
    "data.count",
    "data.keys",
    "clock.now",
    "clock.before",
    "request.test",
    "data.test",
    "parameters.get",
    "parameters.count",
    "parameters.keys",
    "log.write",
];
/// The number that is no question, by which the guest's own fuel is measured.
const NOTHING: usize = QUESTIONS.len();
/// Where it asks: nothing there, a text, an object, a document's list.
const POINTERS: [&str; 5] = [
    "",
    "/absent",
    "/subject/id",
    "/subject/properties",
    "/users/agent-7/roles",
];

#[test]
fn fuel_stays_as_it_was() {
    let mut table = String::from("# The fuel of one evaluation, by guest.\n");
    for row in decide::rows() {
        let prepared = bind(row.guest, &row.parameters, &row.limits).expect("it can be bound");
        let fuel = prepared.evaluate(&row.view).fuel_used;
        let _ = writeln!(table, "{:<30} {fuel:>8}", row.guest);
    }
    table.push_str("\n# What one question adds, by its pointer: its price, and what the guest burns to take the answer.\n");
    for (number, question) in QUESTIONS.iter().enumerate() {
        let has_pointer = !question.starts_with("clock");
        for pointer in POINTERS
            .iter()
            .take(if has_pointer { POINTERS.len() } else { 1 })
        {
            let price = price(number, pointer);
            let line = format!("{question} {pointer}");
            let _ = writeln!(table, "{line:<38} {price:>8}");
        }
    }
    table.push_str("\n# What one test adds, by its value, relation and operand.\n");
    for (pointer, relation, operand) in TESTS {
        let price = price_of_test(pointer, relation, operand);
        let line = format!("{pointer} {relation:?} {operand}");
        let _ = writeln!(table, "{line:<46} {price:>8}");
    }
    assert_golden("fuel.txt", &table);
}

/// Where the operands of tests stand, by the number that the guest `test` gives them; given ones are texts.
const PLACES: [&str; 4] = ["", "request ", "data ", "parameters "];

const TESTS: [(&str, Relation, &str); 8] = [
    ("/absent", Relation::Equal, ""),
    ("/subject/id", Relation::Equal, "agent-7"),
    (
        "/subject/id",
        Relation::Equal,
        "a longer text than the agent's name",
    ),
    ("/subject/id", Relation::Glob, "agent-*"),
    ("/subject/id", Relation::In, "data /users"),
    ("/subject/id", Relation::In, "data /users/agent-7/roles"),
    ("/subject/id", Relation::Prefix, "request /subject/type"),
    ("/context/amount", Relation::AtMost, "parameters /limit"),
];

/// The parameters of the guest `test` for a test of the request.
fn test_parameters(pointer: &str, relation: Relation, operand: &str, times: u32) -> String {
    let at = PLACES.iter().rposition(|place| operand.starts_with(place));
    let at = at.expect("every text begins with the empty one");
    let operand = operand.strip_prefix(PLACES[at]).unwrap_or(operand);
    let relation = relation as u8;
    format!(
        r#"{{"pointer": "{pointer}", "relation": {relation}, "at": {at}, "kind": 4, "operand": "{operand}", "times": {times}, "limit": 300}}"#
    )
}

fn price_of_test(pointer: &str, relation: Relation, operand: &str) -> u64 {
    let fuel = |times| {
        let parameters = test_parameters(pointer, relation, operand, times);
        let prepared = bind("test", &parameters, &patient()).expect("it can be bound");
        let evaluation = prepared.evaluate(&view());
        assert!(evaluation.outcome.is_ok(), "{:?}", evaluation.outcome);
        evaluation.fuel_used
    };
    fuel(2) - fuel(1)
}

fn price(question: usize, pointer: &str) -> u64 {
    let of = |question, times| asking(question, pointer, times);
    // The guest's own fuel for one more turn is taken away.
    (of(question, 2) - of(question, 1)) - (of(NOTHING, 2) - of(NOTHING, 1))
}

fn asking(question: usize, pointer: &str, times: u32) -> u64 {
    let parameters =
        format!(r#"{{"question": {question}, "pointer": "{pointer}", "times": {times}}}"#);
    let prepared = bind("ask", &parameters, &patient()).expect("it can be bound");
    let evaluation = prepared.evaluate(&view());
    assert!(
        evaluation.outcome.is_ok(),
        "{parameters}: {:?}",
        evaluation.outcome
    );
    evaluation.fuel_used
}
