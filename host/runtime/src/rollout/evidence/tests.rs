use proptest::prelude::*;

use super::*;

/// A seeded stream of numbers from 0 to 1 (SplitMix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// After how many subjects of this true rate there is an alarm, looking after each one.
fn alarm_at(
    evidence: &Evidence,
    rate: f64,
    false_alarm_max: f64,
    subjects_max: u64,
    draws: &mut Draws,
) -> Option<u64> {
    let mut marked = 0;
    for subjects in 1..=subjects_max {
        // Without a mark the evidence only shrinks, so it need not be looked at then.
        if draws.next() < rate {
            marked += 1;
            if evidence.nearness(marked, subjects, false_alarm_max) >= 1.0 {
                return Some(subjects);
            }
        }
    }
    None
}

fn alarms(limit: f64, false_alarm_max: f64, runs: u64, subjects_max: u64) -> u64 {
    let evidence = Evidence::against(limit);
    let mut draws = Draws(limit.to_bits());
    let alarms = (0..runs).filter(|_| {
        alarm_at(&evidence, limit, false_alarm_max, subjects_max, &mut draws).is_some()
    });
    alarms.count() as u64
}

#[test]
fn looking_after_every_subject_gives_no_more_false_alarms_than_promised() {
    for limit in [0.01, 0.05, 0.5] {
        // What is promised, and what three standard deviations of chance may add.
        for (false_alarm_max, runs) in [(0.05, 2_000), (FALSE_ALARM_MAX, 4_000)] {
            let alarms = alarms(limit, false_alarm_max, runs, 2_000) as f64;
            let promised = false_alarm_max * runs as f64;
            let most = promised + 3.0 * promised.sqrt();
            assert!(
                alarms <= most,
                "limit {limit}: {alarms} of {runs}, at most {most}"
            );
        }
        // The bound isn't kept by never giving an alarm at all.
        assert!(alarms(limit, 0.2, 1_000, 2_000) > 0, "limit {limit}");
    }
}

/// The median number of subjects until an alarm, of 101 runs.
fn median_until_alarm(limit: f64, rate: f64) -> u64 {
    let evidence = Evidence::against(limit);
    let mut draws = Draws(7);
    let mut all: Vec<u64> = (0..101)
        .map(|_| {
            let at = alarm_at(&evidence, rate, FALSE_ALARM_MAX, 100_000, &mut draws);
            at.expect("a rate above the limit is found sooner or later")
        })
        .collect();
    all.sort_unstable();
    all[50]
}

#[test]
fn rates_above_the_limit_are_found() {
    for (limit, times, subjects_max) in [
        (0.01, 2.0, 3_500),
        (0.01, 5.0, 300),
        (0.01, 20.0, 50),
        (0.05, 2.0, 700),
        (0.05, 5.0, 60),
        (0.001, 5.0, 3_000),
        (0.001, 20.0, 400),
        (0.5, 1.6, 80),
        (0.5, 2.0, 14),
    ] {
        let subjects = median_until_alarm(limit, limit * times);
        println!("limit {limit}, rate {}: {subjects} subjects", limit * times);
        assert!(subjects <= subjects_max, "{limit} × {times}: {subjects}");
        assert!(subjects > subjects_max / 4, "{limit} × {times}: {subjects}");
    }
}

#[test]
fn a_limit_of_zero_trips_at_the_first_mark_and_one_of_one_never() {
    let none = Evidence::against(0.0);
    assert_eq!(none.nearness(0, 1_000_000, FALSE_ALARM_MAX), 0.0);
    assert_eq!(none.nearness(1, 1_000_000, FALSE_ALARM_MAX), 1.0);
    let all = Evidence::against(1.0);
    assert_eq!(all.nearness(1_000_000, 1_000_000, FALSE_ALARM_MAX), 0.0);
}

#[test]
fn few_marks_on_few_subjects_are_no_evidence() {
    let evidence = Evidence::against(0.01);
    assert!(evidence.nearness(1, 1, FALSE_ALARM_MAX) < 1.0);
    assert!(evidence.nearness(2, 2, FALSE_ALARM_MAX) >= 1.0);
    assert!(evidence.nearness(10, 1_000, FALSE_ALARM_MAX) < 0.1);
}

proptest! {
    /// More marks are more evidence, more subjects without one are less, and no number breaks it.
    #[test]
    fn evidence_rises_with_marks_and_falls_with_subjects(
        limit in prop_oneof![0.0..=1.0_f64, 1e-300..1e-6_f64, Just(f64::MIN_POSITIVE), Just(1.0 - f64::EPSILON)],
        subjects in prop_oneof![1..1_000_u64, 1..=1_000_000_000_u64, Just(u64::MAX - 1)],
        share in 0.0..=1.0_f64,
    ) {
        let evidence = Evidence::against(limit);
        let marked = ((subjects as f64 * share) as u64).clamp(1, subjects);
        let log = evidence.log(marked, subjects);
        prop_assert!(!log.is_nan());
        prop_assert!(limit == 0.0 || log.is_finite());
        prop_assert!(evidence.log(marked - 1, subjects) <= log);
        prop_assert!(evidence.log(marked, subjects + 1) <= log);
        let nearness = evidence.nearness(marked, subjects, FALSE_ALARM_MAX);
        prop_assert!((0.0..=1.0).contains(&nearness));
    }
}
