//! Subjects that are cut off alone.

use super::*;

#[test]
fn a_subject_whose_own_requests_fault_is_cut_off_alone() {
    let world = world();
    (0..4).for_each(|_| assert_eq!(world.faults("a"), Came::Run));
    assert_eq!(world.decides("a"), Came::Run);
    (0..5).for_each(|_| assert_eq!(world.faults("a"), Came::Run));
    assert_eq!(world.decides("a"), Came::Alone(60_000));
    assert_eq!(world.decides("b"), Came::Run);
    let report = world.report();
    assert_eq!((report.state, report.opened), (CircuitState::Closed, 0));
    assert_eq!(
        (report.subjects_cut_off, report.cut_off, report.cut),
        (1, 1, 1)
    );
    // Its own probe, its own back-off.
    world.after(60_000);
    let probe = world.pass("a").unwrap();
    assert_eq!(world.decides("a"), Came::Alone(0));
    probe.end::<()>(&Err(trapped()));
    assert_eq!(world.decides("a"), Came::Alone(120_000));
    assert_eq!(world.report().cut_off, 2);
    world.after(120_000);
    assert_eq!(world.decides("a"), Came::Run);
    assert_eq!(world.decides("a"), Came::Run);
    assert_eq!(world.report().subjects_cut_off, 0);
}

#[test]
fn a_subjects_faults_ten_minutes_apart_are_no_row_either() {
    for (then_ms, came) in [(299_999, Came::Alone(60_000)), (300_000, Came::Run)] {
        let world = world();
        (0..4).for_each(|_| assert_eq!(world.faults("a"), Came::Run));
        world.after(300_000);
        assert_eq!(world.faults("b"), Came::Run);
        world.after(then_ms);
        assert_eq!(world.faults("a"), Came::Run);
        assert_eq!(world.decides("a"), came);
    }
}

#[test]
fn a_subject_with_a_low_rate_of_its_own_is_cut_off_too() {
    let world = world();
    assert_eq!(world.faults("a"), Came::Run);
    for number in 1..20 {
        let faults = number % 4 == 0;
        let came = if faults {
            world.faults("a")
        } else {
            world.decides("a")
        };
        assert_eq!(came, Came::Run);
    }
    // 5 of 20 until now, judged at the next fault.
    assert_eq!(world.faults("a"), Came::Run);
    assert_eq!(world.decides("a"), Came::Alone(60_000));
}

#[test]
fn a_subject_is_cut_off_from_one_binding_of_one_tenant() {
    let mut world = world();
    (0..5).for_each(|_| assert_eq!(world.faults("a"), Came::Run));
    assert_eq!(world.decides("a"), Came::Alone(60_000));
    let of_other_tenant = std::mem::take(&mut world.breakers);
    assert_eq!(world.decides("a"), Came::Run);
    world.breakers = of_other_tenant;
    world.bound = bound("another");
    assert_eq!(world.decides("a"), Came::Run);
}

#[test]
fn endless_subjects_push_out_no_one_who_is_cut_off_and_take_no_memory() {
    // Alone, so that the circuit of all never opens.
    let world = World::new(BreakerSettings {
        success_percent: 0,
        ..BreakerSettings::default()
    });
    (0..5).for_each(|_| assert_eq!(world.faults("a"), Came::Run));
    for number in 0..10_000 {
        let subject = format!("sybil-{number}");
        assert_eq!(world.faults(&subject), Came::Run);
        assert_eq!(world.decides(&subject), Came::Run);
    }
    assert!(matches!(world.decides("a"), Came::Alone(_)));
    let board = world.breakers.lock();
    let breaker = board.of_revision.values().next().unwrap();
    assert_eq!(breaker.callers.len(), 64);
}

#[test]
fn nobody_can_foresee_the_hash_of_a_subject() {
    assert_eq!(Subject::of(&[1; 32], "a"), Subject::of(&[1; 32], "a"));
    assert_ne!(Subject::of(&[1; 32], "a"), Subject::of(&[2; 32], "a"));
    assert_ne!(Subject::of(&[1; 32], "a"), Subject::of(&[1; 32], "b"));
}
