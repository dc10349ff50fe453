//! What goes wrong before anything is evaluated: while a policy is instantiated, checked or prepared.

use lictor_engine::Refusal;
use lictor_policy::Fault;

use crate::row::{Meets, Row, run};

/// The questions that the guests `ask-…` ask by number.
pub const QUESTIONS: [&str; 10] = [
    "request.get ",
    "request.count ",
    "request.keys ",
    "data.get ",
    "data.count ",
    "data.keys ",
    "clock.now",
    "clock.before",
    "request.test ",
    "data.test ",
];

fn fails(guest: &'static str, stage: &'static str, fault: Fault) -> Row {
    Row::new(guest, Meets::Unbound(Refusal::Fault { stage, fault }))
}

fn trapped(detail: &str) -> Fault {
    Fault::Trapped {
        detail: detail.to_owned(),
    }
}

pub fn rows() -> Vec<Row> {
    let fuel = || Fault::FuelExhausted { limit: 100_000_000 };
    let unreachable = || trapped("wasm `unreachable` instruction executed");
    let mut rows = vec![
        fails("endless-loop-in-check", "check", fuel()),
        fails("endless-loop-in-prepare", "prepare", fuel()),
        fails("endless-loop-at-start", "instantiate", fuel()),
        out_of_time("endless-loop-in-check", "check"),
        out_of_time("endless-loop-in-prepare", "prepare"),
        out_of_time("endless-loop-at-start", "instantiate"),
        fails("trap-in-check", "check", unreachable()),
        fails("trap-in-prepare", "prepare", unreachable()),
        fails("trap-at-start", "instantiate", unreachable()),
        fails(
            "question-flood-in-check",
            "check",
            Fault::QuestionsExceeded { limit: 65_536 },
        ),
        fails(
            "memory-growth-in-prepare",
            "prepare",
            Fault::MemoryExceeded {
                wanted: (16 << 20) + (2 << 16),
                limit: 16 << 20,
            },
        ),
        // Each of its memories is within the limit, both together are not.
        fails(
            "prepared-of-several",
            "instantiate",
            Fault::MemoryExceeded {
                wanted: 4 << 16,
                limit: 3 << 16,
            },
        )
        .limits(|limits| limits.memory_bytes = 3 << 16),
        fails("wait-in-prepare", "prepare", Fault::Waited),
        Row::new(
            "parameters-refused",
            Meets::Unbound(Refusal::Parameters {
                message: "`/limit` must be a number".to_owned(),
            }),
        ),
        Row::new(
            "prepare-refused",
            Meets::Unbound(Refusal::Preparation {
                message: "rule 3 has no end".to_owned(),
            }),
        ),
        fails(
            "ask-in-start-function",
            "instantiate",
            Fault::QuestionRefused {
                question: "clock.now".to_owned(),
            },
        ),
    ];
    for (number, question) in QUESTIONS.iter().enumerate() {
        for (guest, stage) in [
            ("ask-in-check", "check"),
            ("ask-in-prepare", "prepare"),
            ("ask-at-start", "instantiate"),
        ] {
            let question = (*question).to_owned();
            let row = fails(guest, stage, Fault::QuestionRefused { question });
            rows.push(row.parameters(format!(r#"{{"question": {number}}}"#)));
        }
    }
    rows
}

/// With more fuel than time.
fn out_of_time(guest: &'static str, stage: &'static str) -> Row {
    Row::new(guest, Meets::UnboundInTime(stage)).limits(|limits| {
        limits.setup_fuel = u64::MAX / 4;
        limits.setup_deadline_ms = 20;
    })
}

#[test]
fn what_fails_in_its_set_up_is_not_bound() {
    run(rows());
}
