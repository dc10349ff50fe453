//! Fuel is deterministic: the same evaluation burns the same, on any machine, and the prices stand in a golden file.

use std::fmt::Write as _;
use std::thread;

use harness::{assert_golden, bind, patient, view};

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
const QUESTIONS: [&str; 12] = [
    "request.get",
    "request.count",
    "request.keys",
    "data.get",
    "data.count",
    "data.keys",
    "clock.now",
    "clock.before",
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
    assert_golden("fuel.txt", &table);
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
