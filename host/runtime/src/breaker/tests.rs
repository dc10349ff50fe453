//! Each rule and each number of the breakers, on a clock that is moved by hand.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lictor_engine::Start;
use lictor_policy::{Blame, Digest, Version};

use super::tenant::Pass;
use super::*;
use crate::clock::{Clock, ManualClock};

/// A moment at which a half of the default window begins.
const BEGIN_MS: u64 = 1_800_000_000_000;

/// A tenant's breakers and one binding.
pub(super) struct World {
    pub(super) rules: Rules,
    breakers: Breakers,
    clock: ManualClock,
    bound: Arc<BoundPolicy>,
}

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Run,
    /// The policy isn't run for anybody, for so many milliseconds.
    Cut(u64),
    /// Nor for this subject, for so many milliseconds.
    Alone(u64),
}

fn bound(revision: &str) -> Arc<BoundPolicy> {
    let digest = Digest::of(revision.as_bytes());
    Arc::new(BoundPolicy {
        policy: "spend-limit".parse().unwrap(),
        version: Version::new(1, 0, 0),
        artifact: digest,
        component: digest,
        revision: digest,
        start: Start::Fresh,
    })
}

fn trapped() -> Fault {
    Fault::Trapped {
        detail: "unreachable".to_owned(),
    }
}

impl World {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self {
            rules: Rules::new(&settings, &[7; 32]),
            breakers: Breakers::default(),
            clock: ManualClock::at(BEGIN_MS),
            bound: bound("1"),
        }
    }

    fn asked<'a>(&'a self, subject: &'a str) -> Asked<'a> {
        Asked {
            rules: &self.rules,
            breakers: &self.breakers,
            clock: &self.clock,
            layer: Layer::Tenant,
            bound: &self.bound,
            subject_id: subject,
        }
    }

    pub(super) fn pass<'a>(&'a self, subject: &'a str) -> Result<Pass<'a>, Came> {
        self.asked(subject).pass().map_err(|fault| match fault {
            Fault::CircuitOpen {
                subject_alone: true,
                wait_ms,
                ..
            } => Came::Alone(wait_ms),
            Fault::CircuitOpen { wait_ms, .. } => Came::Cut(wait_ms),
            other => panic!("{other}"),
        })
    }

    fn end(&self, subject: &str, outcome: Result<(), Fault>) -> Came {
        match self.pass(subject) {
            Ok(pass) => {
                pass.end(&outcome);
                Came::Run
            }
            Err(came) => came,
        }
    }

    pub(super) fn faults(&self, subject: &str) -> Came {
        self.end(subject, Err(trapped()))
    }

    pub(super) fn decides(&self, subject: &str) -> Came {
        self.end(subject, Ok(()))
    }

    pub(super) fn after(&self, ms: u64) {
        self.clock.set(self.clock.unix_ms() + ms);
    }

    pub(super) fn report(&self) -> BreakerReport {
        let reports = self.breakers.report(&self.rules, &self.clock);
        reports.first().expect("it faulted").clone()
    }

    pub(super) fn report_if_any(&self) -> Option<BreakerReport> {
        let reports = self.breakers.report(&self.rules, &self.clock);
        reports.first().cloned()
    }

    /// Whether the subjects' windows hold nothing that the window of all doesn't.
    pub(super) fn parts_are_in_the_whole(&self) -> bool {
        let now = self.clock.monotonic();
        let settings = BreakerSettings::default();
        let mut board = self.breakers.lock();
        board.of_revision.values_mut().all(|breaker| {
            let all = breaker.window.tally(now, &settings);
            let parts = breaker.callers.worst(u32::MAX, now, &settings);
            parts.iter().map(|part| part.faulted).sum::<u64>() <= all.faulted
                && parts.iter().map(|part| part.decided).sum::<u64>() <= all.decided
        })
    }

    fn state(&self) -> CircuitState {
        self.report().state
    }

    /// Five faults of three subjects.
    fn open(&self) {
        for subject in ["a", "b", "c", "a", "b"] {
            assert_eq!(self.faults(subject), Came::Run);
        }
        assert_eq!(self.state(), CircuitState::Open);
    }

    /// Three failed probes.
    fn open_again(&self) {
        for subject in ["a", "b", "c"] {
            assert_eq!(self.faults(subject), Came::Run);
        }
        assert_eq!(self.state(), CircuitState::Open);
    }
}

fn world() -> World {
    World::new(BreakerSettings::default())
}

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
fn another_revision_begins_closed_and_the_same_one_again_does_not() {
    let mut world = world();
    world.open();
    world.bound = bound("2");
    assert_eq!(world.decides("d"), Came::Run);
    world.bound = bound("1");
    assert_eq!(world.decides("d"), Came::Cut(60_000));
}

#[test]
fn only_what_the_policy_is_to_blame_for_counts() {
    let others = [
        Fault::UnknownTenant { tenant: "x".into() },
        Fault::BatchTooLarge { count: 2, limit: 1 },
        Fault::TenantBusy { limit: 1 },
        Fault::Revoked { detail: "x".into() },
        Fault::Overloaded { slots: 1 },
        Fault::QueueFull { waiting: 1 },
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
fn it_can_be_switched_off() {
    let world = World::new(BreakerSettings::off());
    for number in 0..100 {
        assert_eq!(world.faults("a"), Came::Run);
        assert_eq!(world.faults(&number.to_string()), Came::Run);
    }
    assert!(!world.breakers.is_watched());
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
fn nobody_can_foresee_the_hash_of_a_subject() {
    assert_eq!(Subject::of(&[1; 32], "a"), Subject::of(&[1; 32], "a"));
    assert_ne!(Subject::of(&[1; 32], "a"), Subject::of(&[2; 32], "a"));
    assert_ne!(Subject::of(&[1; 32], "a"), Subject::of(&[1; 32], "b"));
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
