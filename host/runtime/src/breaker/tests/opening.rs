//! What opens a circuit, and what doesn't.

use lictor_policy::Blame;

use super::*;

/// Only the success rate counts.
fn by_rate() -> World {
    World::new(BreakerSettings {
        faults_in_a_row: 0,
        ..BreakerSettings::default()
    })
}

/// Ten faults of others than the first two, and so many decisions of subjects that never fault. Tells whether it opened.
fn rated(world: &World, decisions: usize, before_the_last: impl Fn()) -> bool {
    for number in 0..11 {
        assert_eq!(world.faults(&format!("faulty-{number}")), Came::Run);
        if number == 0 {
            (0..decisions).for_each(|_| assert_eq!(world.decides("well"), Came::Run));
        }
    }
    before_the_last();
    assert_eq!(world.faults("the last"), Came::Run);
    world.decides("well") != Came::Run
}

#[test]
fn five_faults_in_a_row_open_it_and_four_do_not() {
    let world = world();
    for subject in ["a", "b", "c", "a"] {
        assert_eq!(world.faults(subject), Came::Run);
    }
    assert_eq!(world.decides("d"), Came::Run);
    world.open();
    assert_eq!(world.decides("d"), Came::Cut(60_000));
    assert_eq!(world.report().opened, 1);
}

#[test]
fn a_decision_in_between_makes_it_no_row() {
    let world = world();
    for _ in 0..3 {
        for subject in ["a", "b", "c", "d"] {
            assert_eq!(world.faults(subject), Came::Run);
        }
        (0..4).for_each(|_| assert_eq!(world.decides("e"), Came::Run));
    }
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn two_subjects_open_it_for_nobody_else() {
    let world = world();
    for _ in 0..100 {
        world.faults("a");
        world.faults("b");
        world.after(1_000);
    }
    assert_eq!(world.report().opened, 0);
    assert_eq!(world.faults("c"), Came::Run);
}

#[test]
fn no_subject_counts_for_more_than_its_share() {
    let world = world();
    for subject in ["a", "a", "a", "a", "b", "c"] {
        assert_eq!(world.faults(subject), Came::Run);
    }
    assert_eq!(world.state(), CircuitState::Closed);
    world.faults("c");
    assert_eq!(world.state(), CircuitState::Open);
}

#[test]
fn a_rate_below_80_per_cent_opens_it_and_80_does_not() {
    // 10 faults of 50 are 80 per cent, 10 of 49 are less. The two subjects that fault most don't count.
    assert!(!rated(&by_rate(), 40, || ()));
    assert!(rated(&by_rate(), 39, || ()));
}

#[test]
fn twenty_evaluations_are_a_rate_and_nineteen_are_not() {
    assert!(!rated(&by_rate(), 9, || ()));
    assert!(rated(&by_rate(), 10, || ()));
}

#[test]
fn the_window_is_a_minute() {
    let world = by_rate();
    assert!(rated(&world, 10, || world.after(59_999)));
    let world = by_rate();
    assert!(!rated(&world, 10, || world.after(60_000)));
}

#[test]
fn who_faults_most_does_not_lower_the_rate_of_all() {
    let world = by_rate();
    for _ in 0..19 {
        // Too few for a rate of their own.
        world.faults("a");
        world.faults("b");
    }
    world.faults("c");
    (0..19).for_each(|_| assert_eq!(world.decides("c"), Came::Run));
    for _ in 0..5 {
        world.faults("a");
        world.faults("b");
    }
    assert_eq!(world.state(), CircuitState::Closed);
    assert_eq!(world.report().subjects_cut_off, 2);
}

#[test]
fn faults_ten_minutes_apart_are_no_row() {
    for (apart_ms, state) in [
        (599_999, CircuitState::Open),
        (600_000, CircuitState::Closed),
    ] {
        let world = world();
        for subject in ["a", "b", "c", "d", "e"] {
            assert_eq!(world.faults(subject), Came::Run);
            world.after(if subject == "d" { apart_ms } else { 0 });
        }
        assert_eq!(world.state(), state);
    }
}

#[test]
fn what_is_quiet_counts_anew_whenever_it_was_last_looked_through() {
    let world = world();
    for subject in ["a", "b", "c", "d"] {
        assert_eq!(world.faults(subject), Came::Run);
    }
    world.after(595_000);
    assert!(world.asked("e").cut().is_none());
    world.after(5_000);
    assert_eq!(world.faults("e"), Came::Run);
    assert_eq!(world.state(), CircuitState::Closed);
}

#[test]
fn only_what_the_policy_is_to_blame_for_counts() {
    let others = [
        Fault::UnknownTenant { tenant: "x".into() },
        Fault::BatchTooLarge { count: 2, limit: 1 },
        Fault::TenantBusy {
            limit: 1,
            retry_after_ms: 1,
        },
        Fault::Revoked { detail: "x".into() },
        Fault::Overloaded {
            slots: 1,
            retry_after_ms: 1,
        },
        Fault::QueueFull {
            waiting: 1,
            retry_after_ms: 1,
        },
        Fault::Starved {
            limit_ms: 1,
            used_ms: 0,
        },
        Fault::Unrecorded,
        Fault::Internal { detail: "x".into() },
    ];
    let world = world();
    for subject in ["a", "b", "c", "d"] {
        for fault in &others {
            assert_ne!(fault.blame(), Blame::Policy);
            assert_eq!(world.end(subject, Err(fault.clone())), Came::Run);
        }
    }
    assert!(world.breakers.report(&world.rules, &world.clock).is_empty());
    // They are no decisions either, which would end a row.
    for subject in ["a", "b", "c", "a", "b"] {
        world.end("d", Err(Fault::Unrecorded));
        let deadline = Fault::DeadlineExceeded { limit_ms: 50 };
        assert_eq!(world.end(subject, Err(deadline)), Came::Run);
    }
    assert_eq!(world.state(), CircuitState::Open);
}

#[test]
fn it_can_be_switched_off() {
    let world = World::new(BreakerSettings::off());
    for number in 0..100 {
        assert_eq!(world.faults("a"), Came::Run);
        assert_eq!(world.faults(&number.to_string()), Came::Run);
    }
    assert!(!world.breakers.is_watched());
}
