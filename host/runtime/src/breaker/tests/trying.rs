//! How long a circuit stays open, and how it closes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

#[test]
fn it_stays_open_for_a_minute() {
    let world = world();
    world.open();
    world.after(59_999);
    assert_eq!(world.decides("d"), Came::Cut(1));
    assert_eq!(world.state(), CircuitState::Open);
    world.after(1);
    assert_eq!(world.state(), CircuitState::HalfOpen);
    assert_eq!(world.decides("d"), Came::Run);
    assert_eq!(world.state(), CircuitState::Closed);
    assert_eq!(world.decides("e"), Came::Run);
}

#[test]
fn one_probe_at_a_time_goes_through_and_looking_takes_no_place() {
    let world = world();
    world.open();
    world.after(60_000);
    assert!(world.asked("d").cut().is_none());
    let probe = world.pass("d").unwrap();
    assert_eq!(world.decides("e"), Came::Cut(0));
    assert!(world.asked("e").cut().is_some());
    world.after(3_600_000);
    assert_eq!(world.decides("e"), Came::Cut(0));
    probe.end(&Ok(()));
    assert_eq!(world.decides("e"), Came::Run);
}

#[test]
fn a_probe_that_never_says_how_it_ended_leaves_the_way_to_the_next() {
    let world = world();
    world.open();
    world.after(60_000);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _pass = world.pass("d").unwrap();
        panic!("a bug of the host");
    }));
    assert!(panicked.is_err());
    assert_eq!(world.state(), CircuitState::HalfOpen);
    // The same holds for a fault that is somebody else's.
    let starved = Fault::Starved {
        limit_ms: 50,
        used_ms: 1,
    };
    assert_eq!(world.end("d", Err(starved)), Came::Run);
    assert_eq!(world.state(), CircuitState::HalfOpen);
    assert_eq!(world.decides("d"), Came::Run);
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn what_was_let_through_before_says_nothing_afterwards() {
    let world = world();
    let early: Vec<_> = ["x", "y", "x", "y", "z", "x", "y", "z"]
        .map(|subject| world.pass(subject).unwrap())
        .into();
    world.open();
    let mut early = early.into_iter();
    early.next().unwrap().end(&Ok(()));
    assert_eq!(world.state(), CircuitState::Open);
    world.after(60_000);
    let probe = world.pass("e").unwrap();
    early.next().unwrap().end(&Ok(()));
    early.for_each(|pass| pass.end::<()>(&Err(trapped())));
    assert_eq!(world.decides("f"), Came::Cut(0));
    assert_eq!(world.report().subjects_cut_off, 0);
    probe.end(&Ok(()));
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn a_failed_probe_cuts_off_its_own_subject_and_others_try() {
    let world = world();
    world.open();
    world.after(60_000);
    assert_eq!(world.faults("mallory"), Came::Run);
    assert_eq!(world.faults("mallory"), Came::Alone(60_000));
    assert_eq!(world.state(), CircuitState::HalfOpen);
    assert_eq!(world.faults("b"), Came::Run);
    assert_eq!(world.state(), CircuitState::HalfOpen);
    // One who tries again is still one.
    world.after(60_000);
    assert_eq!(world.faults("mallory"), Came::Run);
    assert_eq!(world.state(), CircuitState::HalfOpen);
    assert_eq!(world.faults("mallory"), Came::Alone(120_000));
    assert_eq!(world.faults("c"), Came::Run);
    assert_eq!(world.state(), CircuitState::Open);
    assert_eq!(world.decides("d"), Came::Cut(120_000));
    // It was the policy, so nothing is held against those who tried.
    assert_eq!(world.report().subjects_cut_off, 0);
}

#[test]
fn two_who_failed_may_try_again_where_nobody_else_asks() {
    let world = world();
    world.open();
    world.after(60_000);
    world.faults("a");
    world.faults("b");
    assert_eq!(world.decides("a"), Came::Alone(60_000));
    world.after(60_000);
    assert_eq!(world.decides("a"), Came::Run);
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn it_backs_off_to_sixteen_minutes() {
    let world = world();
    world.open();
    for seconds in [60, 120, 240, 480, 960, 960, 960] {
        assert_eq!(world.decides("d"), Came::Cut(seconds * 1_000));
        world.after(seconds * 1_000);
        world.open_again();
    }
    assert_eq!(world.report().opened, 8);
    world.after(960_000);
    assert_eq!(world.decides("d"), Came::Run);
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn opening_again_soon_doubles_and_ten_quiet_minutes_are_not_soon() {
    for (quiet_ms, open_ms) in [(0, 120_000), (599_999, 120_000), (600_000, 60_000)] {
        let world = world();
        world.open();
        world.after(60_000);
        assert_eq!(world.decides("d"), Came::Run);
        world.after(quiet_ms);
        world.open();
        assert_eq!(world.decides("d"), Came::Cut(open_ms), "{quiet_ms}");
    }
}

#[test]
fn an_operator_closes_it_at_once_and_is_not_simply_believed() {
    let world = world();
    world.open();
    assert_eq!(world.close("other"), 0);
    assert_eq!(world.decides("d"), Came::Cut(60_000));
    assert_eq!(world.close("spend-limit"), 1);
    assert_eq!(world.state(), CircuitState::Closed);
    assert_eq!(world.decides("d"), Came::Run);
    assert_eq!(world.close("spend-limit"), 0, "there is nothing to close");
    // The faults from before are forgotten: it takes as many again, and then it stays open for longer.
    for subject in ["a", "b", "c", "a"] {
        assert_eq!(world.faults(subject), Came::Run);
    }
    assert_eq!(world.state(), CircuitState::Closed);
    assert_eq!(world.faults("b"), Came::Run);
    assert_eq!(world.decides("d"), Came::Cut(120_000));

    // A probe that is under way decides nothing any more.
    world.after(120_000);
    let probe = world.pass("d").unwrap();
    assert_eq!(world.close("spend-limit"), 1);
    probe.end(&Err::<(), _>(trapped()));
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn an_operator_lets_a_subject_through_again_that_was_cut_off() {
    let world = world();
    for _ in 0..5 {
        assert_eq!(world.faults("mallory"), Came::Run);
    }
    assert_eq!(world.decides("mallory"), Came::Alone(60_000));
    assert_eq!(world.close("spend-limit"), 1);
    assert_eq!(world.report().subjects_cut_off, 0);
    assert_eq!(world.decides("mallory"), Came::Run);
}
