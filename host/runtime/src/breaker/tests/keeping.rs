//! What is kept, for how long, and what an operator sees of it.

use super::*;

#[test]
fn another_revision_begins_closed_and_the_same_one_again_does_not() {
    let mut world = world();
    world.open();
    world.bound = bound("2");
    assert_eq!(world.decides("d"), Came::Run);
    world.bound = bound("1");
    assert_eq!(world.decides("d"), Came::Cut(60_000));
}

#[test]
fn ever_new_bindings_take_no_memory_and_push_out_what_is_open_last() {
    let mut world = world();
    world.open();
    for number in 0..2_000 {
        world.bound = bound(&format!("revision {number}"));
        world.after(1);
        assert_eq!(world.faults("a"), Came::Run);
    }
    assert_eq!(world.breakers.lock().of_revision.len(), 512);
    world.bound = bound("1");
    assert!(matches!(world.decides("d"), Came::Cut(_)));
}

#[test]
fn what_is_quiet_is_forgotten_and_looked_at_no_more() {
    let world = world();
    assert!(!world.breakers.is_watched());
    world.faults("a");
    assert!(world.breakers.is_watched());
    world.after(599_999);
    world.decides("a");
    assert!(world.breakers.is_watched());
    world.after(10_000);
    world.decides("a");
    assert!(!world.breakers.is_watched());
    assert!(world.breakers.report(&world.rules, &world.clock).is_empty());
}

#[test]
fn numbers_out_of_range_count_as_the_nearest_that_is_in_it() {
    let wild = BreakerSettings {
        faults_in_a_row: u32::MAX,
        success_percent: u32::MAX,
        evaluations_min: 0,
        window: Duration::ZERO,
        subjects: 0,
        open: Duration::from_secs(1),
        open_max: Duration::ZERO,
        quiet: Duration::ZERO,
    };
    let tame = BreakerSettings {
        faults_in_a_row: 64,
        success_percent: 100,
        evaluations_min: 1,
        window: Duration::from_millis(2),
        subjects: 1,
        open: Duration::from_secs(1),
        open_max: Duration::from_secs(1),
        quiet: Duration::from_millis(2),
    };
    assert_eq!(wild.checked(), tame);
    let many = BreakerSettings {
        subjects: u32::MAX,
        ..wild
    };
    assert_eq!(many.checked().subjects, 16);
    let default = BreakerSettings::default();
    assert_eq!(default.checked(), default);
}

#[test]
fn the_operator_sees_state_times_and_counts() {
    let world = world();
    world.open();
    world.after(1_000);
    world.decides("d");
    let report = world.report();
    assert_eq!(report.since_ms, BEGIN_MS);
    assert_eq!(report.until_ms, Some(BEGIN_MS + 60_000));
    assert_eq!((report.opened, report.faults, report.cut), (1, 5, 1));
    assert_eq!(report.last_fault, Some(trapped()));
    assert_eq!(report.last_fault_ms, Some(BEGIN_MS));
    assert_eq!(report.bound.policy.as_str(), "spend-limit");
    world.after(100_000);
    let report = world.report();
    assert_eq!(report.state, CircuitState::HalfOpen);
    assert_eq!(
        (report.since_ms, report.until_ms),
        (BEGIN_MS + 60_000, None)
    );
    // What opened once is still told when all is well again.
    world.decides("d");
    world.after(3_600_000);
    let report = world.report();
    assert_eq!((report.state, report.opened), (CircuitState::Closed, 1));
}
