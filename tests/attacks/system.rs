//! What guests try through the system interfaces of WASI: to wait, to flood, to end the process, to get at it.

use lictor_policy::{Effect, Fault};

use crate::row::{Meets, Row, run};

pub fn rows() -> Vec<Row> {
    let fault = |guest, fault| Row::new(guest, Meets::Fault(fault));
    let says = |guest, number: u64| Row::new(guest, Meets::Says(format!("{number:016x}")));
    let flood = || Fault::CallsExceeded { limit: 16_384 };
    vec![
        fault("wait-for-timer", Fault::Waited),
        fault("wait-for-instant", Fault::Waited),
        fault("poll-timers", Fault::Waited),
        fault("poll-nothing", Fault::Waited),
        says("poll-past-timer", 1),
        fault("system-flood", flood()),
        fault("handle-flood", flood()),
        fault("poll-flood", flood()),
        fault("print-flood", flood()),
        fault("random-bytes-flood", flood()),
        Row::new(
            "random-bytes-too-many",
            Meets::Malformed("1000000000 random bytes"),
        ),
        Row::new("print-too-much", Meets::Malformed("check-write")),
        Row::new("handle-invented", Meets::Malformed("handle")),
        fault("exit", Fault::Exited),
        Row::new("print", Meets::Decides(Effect::Allow, "")),
        says("read-input", 0x11),
        says("read-environment", 0),
        says("measure-time", 0),
        says("read-wall-clock", harness::NOW_MS),
        Row::new(
            "read-wall-clock-in-check",
            Meets::Decides(Effect::Allow, ""),
        ),
    ]
}

#[test]
fn the_system_is_not_to_be_had() {
    run(rows());
}

#[test]
fn few_calls_are_not_much_work_for_the_host_either() {
    // Were it not for the bytes and handles that count, each of these would go on until it has no fuel or time left.
    for guest in ["random-bytes-flood", "poll-flood", "print-flood"] {
        let prepared = harness::bind(guest, "{}", &harness::patient()).expect("it can be bound");
        let evaluation = prepared.evaluate(&harness::view());
        let fuel = evaluation.fuel_used;
        assert!(fuel < 100_000, "`{guest}` burnt {fuel}");
    }
}
