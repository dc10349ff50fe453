use lictor_policy::{Decision, Effect, Request};

use super::*;
use crate::rollout::pair::{Pair, Side};

/// A tally of pairs, one for each subject: what the candidate says where stable says `review` with 100 fuel.
fn tally(guards: &Guards, pairs: &[(Effect, bool, u64)]) -> Tally {
    let mut tally = Tally::new(guards);
    let request = Request::builder()
        .subject("a", "b")
        .action("c")
        .resource("d", "e")
        .build()
        .unwrap();
    let stable = Decision::bare(Effect::Review);
    for (n, (effect, faulted, fuel_used)) in pairs.iter().enumerate() {
        let candidate = Decision::bare(*effect);
        let side = |decision, faulted, fuel_used| Side {
            decision,
            faulted,
            asked: Vec::new(),
            fuel_used,
            duration: std::time::Duration::from_nanos(fuel_used),
            evaluated: true,
        };
        tally.record(&Pair {
            subject: n as u64,
            request: &request,
            stable: side(&stable, false, 100),
            candidate: side(&candidate, *faulted, *fuel_used),
        });
    }
    tally
}

const SAME: (Effect, bool, u64) = (Effect::Review, false, 100);

fn sentence(guards: &Guards, pairs: &[(Effect, bool, u64)]) -> Option<String> {
    let tripped = guards.judge(&tally(guards, pairs));
    tripped.map(|tripped| tripped.to_string())
}

/// So many of the first, then so many that are the same.
fn some(first: (Effect, bool, u64), count: usize, same: usize) -> Vec<(Effect, bool, u64)> {
    [vec![first; count], vec![SAME; same]].concat()
}

#[test]
fn faults_trip_their_guard() {
    let guards = Guards {
        fault_rate: Some(0.01),
        ..Guards::default()
    };
    let faults = |count| some((Effect::Deny, true, 100), count, 100);
    assert_eq!(sentence(&guards, &faults(1)), None);
    assert_eq!(
        sentence(&guards, &faults(9)).unwrap(),
        "the candidate had faults that stable has not for 9 of 109 subjects (8.3 %), and `fault_rate` allows 1 %"
    );
    let strict = Guards {
        fault_rate: Some(0.0),
        ..Guards::default()
    };
    assert!(sentence(&strict, &faults(0)).is_none());
    assert!(sentence(&strict, &faults(1)).is_some());
}

#[test]
fn loosened_decisions_trip_by_their_exact_number() {
    let guards = Guards {
        loosened_max: Some(5),
        ..Guards::default()
    };
    let loosened = |count| some((Effect::Allow, false, 100), count, 50);
    assert_eq!(sentence(&guards, &loosened(5)), None);
    assert_eq!(
        sentence(&guards, &loosened(6)).unwrap(),
        "the candidate is less strict than stable to 6 of 56 subjects, and `loosened_max` allows 5"
    );
    let most = Guards {
        loosened_max: Some(LOOSENED_SUBJECTS_MAX),
        ..Guards::default()
    };
    most.check().unwrap();
    let max = LOOSENED_SUBJECTS_MAX as usize;
    assert_eq!(sentence(&most, &loosened(max)), None);
    assert!(sentence(&most, &loosened(max + 1)).is_some());
}

#[test]
fn what_is_only_reworded_or_unguarded_trips_nothing() {
    let guards = Guards {
        fault_rate: Some(0.01),
        loosened_max: Some(0),
        ..Guards::default()
    };
    assert_eq!(
        sentence(&guards, &some((Effect::Deny, false, 9_999), 500, 0)),
        None
    );
    assert_eq!(
        sentence(
            &Guards::default(),
            &some((Effect::Allow, true, 9_999), 500, 0)
        ),
        None
    );
}

#[test]
fn divergence_trips_its_guard() {
    let guards = Guards {
        divergence_rate: Some(0.1),
        ..Guards::default()
    };
    let tightened = |count| some((Effect::Deny, false, 100), count, 100);
    assert_eq!(sentence(&guards, &tightened(12)), None);
    assert_eq!(
        sentence(&guards, &tightened(60)).unwrap(),
        "the candidate decides otherwise than stable for 60 of 160 subjects (38 %), and `divergence_rate` allows 10 %"
    );
}

#[test]
fn a_candidate_that_is_too_dear_for_most_trips_by_fuel_before_time() {
    let guards = Guards {
        latency_ratio: Some(1.5),
        ..Guards::default()
    };
    let slow = |count, same| some((Effect::Review, false, 151), count, same);
    assert_eq!(
        sentence(&guards, &some((Effect::Review, false, 150), 500, 0)),
        None
    );
    assert_eq!(sentence(&guards, &slow(250, 250)), None);
    assert_eq!(
        sentence(&guards, &slow(100, 20)).unwrap(),
        "the candidate takes more than 1.5 times the fuel of stable for 100 of 120 subjects (83 %), and `latency_ratio` allows that for half of them"
    );
}

#[test]
fn the_gravest_guard_speaks_first() {
    let guards = Guards {
        fault_rate: Some(0.01),
        divergence_rate: Some(0.01),
        loosened_max: Some(0),
        latency_ratio: Some(1.0),
    };
    let all = [
        some((Effect::Deny, true, 999), 50, 0),
        some((Effect::Allow, false, 999), 50, 0),
    ]
    .concat();
    let tripped = guards.judge(&tally(&guards, &all)).unwrap();
    assert_eq!(tripped.0.guard, Guard::FaultRate);
    let readings = guards.readings(&tally(&guards, &all));
    assert_eq!(readings.len(), 5);
    assert!(readings.iter().all(Reading::is_tripped), "{readings:#?}");
}

#[test]
fn readings_say_how_near_it_is() {
    let guards = Guards {
        fault_rate: Some(0.01),
        loosened_max: Some(9),
        ..Guards::default()
    };
    let pairs = [
        some((Effect::Deny, true, 100), 5, 95),
        some((Effect::Allow, false, 100), 5, 0),
    ]
    .concat();
    let readings = guards.readings(&tally(&guards, &pairs));
    let near = readings[0].nearness;
    assert!(near > 0.0 && near < 1.0, "{near}");
    assert_eq!(readings[1].nearness, 0.5);
    assert_eq!(
        readings[1].to_string(),
        "loosened_max: 5 subjects, limit 9, 50 % of the way"
    );
    let shown = readings[0].to_string();
    assert!(
        shown.starts_with("fault_rate: 5 of 105 subjects (4.8 %), limit 1 %, "),
        "{shown}"
    );
    let json = serde_json::to_string(&readings).unwrap();
    let read: Vec<Reading> = serde_json::from_str(&json).unwrap();
    // JSON's reader may miss the last digit of a number.
    assert!((read[0].nearness - near).abs() < 1e-12);
    assert_eq!(read[1], readings[1]);
    // Proof without end is still a number in JSON.
    let strict = Guards {
        fault_rate: Some(0.0),
        ..Guards::default()
    };
    let json = serde_json::to_string(&strict.readings(&tally(&strict, &pairs))).unwrap();
    assert!(json.contains("\"nearness\":1.0"), "{json}");
}

#[test]
fn guards_are_checked_when_they_are_read() {
    let read = |text: &str| serde_json::from_str::<Guards>(text);
    let guards =
        read(r#"{"fault_rate":0.01,"divergence_rate":1,"loosened_max":10,"latency_ratio":1}"#);
    let guards = guards.unwrap();
    assert_eq!(
        serde_json::from_value::<Guards>(serde_json::to_value(&guards).unwrap()).unwrap(),
        guards
    );
    assert!(read("{}").unwrap().is_empty());
    let error = |text: &str| read(text).unwrap_err().to_string();
    assert_eq!(
        error(r#"{"fault_rate":1.5}"#),
        "`fault_rate` is `1.5`; it must be from 0 to 1"
    );
    assert_eq!(
        error(r#"{"divergence_rate":-0.1}"#),
        "`divergence_rate` is `-0.1`; it must be from 0 to 1"
    );
    assert_eq!(
        error(r#"{"latency_ratio":0.9}"#),
        "`latency_ratio` is `0.9`; it must be a number of at least 1"
    );
    assert_eq!(
        error(r#"{"loosened_max":10001}"#),
        "`loosened_max` is `10001`; it may be 10000 at most, since no more are counted"
    );
    assert!(error(r#"{"loosend_max":1}"#).contains("loosend_max"));
    for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY] {
        let of = |fault_rate, latency_ratio| Guards {
            fault_rate,
            latency_ratio,
            ..Guards::default()
        };
        assert!(of(Some(bad), None).check().is_err());
        assert!(of(None, Some(bad)).check().is_err());
    }
}
