//! What decides: ordinary guests, and attackers who learn and keep nothing.

use lictor_engine::Start;
use lictor_policy::Effect;

use crate::row::{Meets, Row, run};

/// The first random number of every evaluation with the tests' seed, on any machine. What was drawn before the evaluation
/// changes nothing of it.
const DRAWN_IN_EVALUATE: u64 = 0xd137_875f_f05e_2d78;
/// The first random number of every set-up with that seed.
const DRAWN_IN_PREPARE: u64 = 0x77ba_bb4c_3932_1f3e;

pub fn rows() -> Vec<Row> {
    let says = |guest, number: u64| Row::new(guest, Meets::Says(format!("{number:016x}")));
    let starts = |guest, start| {
        let words = format!("{:016x}", 0x1_012c_012c_u64);
        Row::new(guest, Meets::Starts(start, words))
    };
    vec![
        Row::new("ordinary", Meets::Decides(Effect::Allow, "within-limit")),
        Row::new("ordinary", Meets::Decides(Effect::Deny, "over-limit"))
            .request(harness::request(301)),
        Row::new("ask", Meets::Decides(Effect::Allow, "")),
        Row::new("longest-message", Meets::Says("a".repeat(65_532))),
        Row::new("log-of-many-bytes", Meets::Decides(Effect::Allow, "")),
        says("keep-state-in-global", 0),
        says("keep-state-in-memory", 0),
        says("keep-state-in-table", 0),
        says("keep-state-from-check", 0),
        says("read-clock", harness::NOW_MS),
        says("nan-bits", 0x7ff8_0000_7fc0_0000),
        says("random-number", DRAWN_IN_EVALUATE),
        says("random-number-from-prepare", DRAWN_IN_PREPARE),
        says("prepare-noisily", DRAWN_IN_EVALUATE),
        says("prepare-noisily-each-time", DRAWN_IN_EVALUATE),
        says("read-wall-clock-at-start", 0),
        Row::new("extra-exports", Meets::Decides(Effect::Allow, "")),
        Row::new("print-in-prepare", Meets::Decides(Effect::Allow, "")),
        Row::new(
            "prepared-of-several",
            Meets::Starts(Start::PreparedEachTime, "1".to_owned()),
        ),
        Row::new(
            "keep-handle",
            Meets::Starts(Start::PreparedEachTime, "printed".to_owned()),
        ),
        Row::new(
            "close-handle",
            Meets::Starts(Start::Snapshot, "printed".to_owned()),
        ),
        starts("prepared", Start::Snapshot),
        starts("prepared-at-start", Start::Snapshot),
        starts("prepared-with-table", Start::PreparedEachTime),
    ]
}

#[test]
fn what_decides_learns_and_keeps_nothing() {
    run(rows());
}
