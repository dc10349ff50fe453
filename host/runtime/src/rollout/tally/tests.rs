use std::collections::BTreeSet;
use std::time::Duration;

use lictor_policy::{Decision, Effect, Request};
use proptest::prelude::*;

use super::*;
use crate::rollout::pair::Side;

/// What is said of one pair.
#[derive(Clone, Copy, Debug)]
struct Said {
    subject: u64,
    effect: Effect,
    faulted: bool,
    fuel: Option<u64>,
    ms: u64,
}

const PLAIN: Said = Said {
    subject: 0,
    effect: Effect::Review,
    faulted: false,
    fuel: None,
    ms: 0,
};

/// Records a pair in which stable says `review` and uses 100 fuel and 10 ms.
fn record(tally: &mut Tally, said: Said) -> Divergence {
    let request = Request::builder()
        .subject("agent", "a")
        .action("read")
        .resource("file", "f")
        .build()
        .unwrap();
    let side = |decision, faulted, fuel_used, ms| Side {
        decision,
        faulted,
        asked: Vec::new(),
        fuel_used,
        duration: Duration::from_millis(ms),
        evaluated: said.fuel.is_some(),
    };
    tally.record(&Pair {
        subject: said.subject,
        request: &request,
        stable: side(&Decision::bare(Effect::Review), false, 100, 10),
        candidate: side(
            &Decision::bare(said.effect),
            said.faulted,
            said.fuel.unwrap_or_default(),
            said.ms,
        ),
    })
}

fn hashes(count: u64) -> impl Iterator<Item = u64> {
    let hash = |n: u64| blake3::hash(&n.to_le_bytes());
    (0..count).map(move |n| u64::from_le_bytes(hash(n).as_bytes()[..8].try_into().unwrap()))
}

fn twice_as_slow() -> Guards {
    Guards {
        latency_ratio: Some(2.0),
        ..Guards::default()
    }
}

fn stored(tally: &Tally) -> Tally {
    serde_json::from_str(&serde_json::to_string(tally).unwrap()).unwrap()
}

#[test]
fn pairs_are_counted_by_class() {
    let mut tally = Tally::new(&Guards::default());
    for (effect, faulted, class) in [
        (Effect::Review, false, Divergence::Same),
        (Effect::Allow, false, Divergence::Loosened),
        (Effect::Deny, false, Divergence::Tightened),
        (Effect::Deny, true, Divergence::Faulted),
    ] {
        let said = Said {
            effect,
            faulted,
            ..PLAIN
        };
        assert_eq!(record(&mut tally, said), class);
        assert_eq!(tally.phase().of(class), 1, "{class}");
    }
    tally.drop_pairs(3);
    assert_eq!(tally.phase().pairs(), 4);
    assert_eq!(tally.phase().dropped, 3);
}

#[test]
fn a_fault_that_both_have_is_not_the_candidates() {
    let request = Request::from_json(br#"{"subject":{"type":"a","id":"b"},"action":{"name":"c"},"resource":{"type":"d","id":"e"}}"#).unwrap();
    let class = |stable_faulted, candidate_faulted| {
        let decision = Decision::bare(Effect::Deny);
        let side = |faulted| Side {
            decision: &decision,
            faulted,
            asked: Vec::new(),
            fuel_used: 0,
            duration: Duration::ZERO,
            evaluated: true,
        };
        Divergence::of(&Pair {
            subject: 1,
            request: &request,
            stable: side(stable_faulted),
            candidate: side(candidate_faulted),
        })
    };
    assert_eq!(class(false, true), Divergence::Faulted);
    assert_eq!(class(true, true), Divergence::Same);
    assert_eq!(class(true, false), Divergence::Same);
}

#[test]
fn a_chatty_subject_counts_once() {
    let mut tally = Tally::new(&Guards::default());
    for _ in 0..1_000 {
        record(
            &mut tally,
            Said {
                effect: Effect::Allow,
                ..PLAIN
            },
        );
        record(
            &mut tally,
            Said {
                faulted: true,
                ..PLAIN
            },
        );
    }
    let subjects = tally.subjects();
    let once = [
        subjects.compared,
        subjects.faulted,
        subjects.loosened,
        subjects.diverged,
    ];
    assert_eq!(once, [1; 4]);
    assert_eq!(tally.loosened().count(), 1);
}

#[test]
fn the_first_evaluated_pair_is_a_subjects_vote_on_cost() {
    let mut tally = Tally::new(&twice_as_slow());
    let votes = |tally: &Tally| {
        let subjects = tally.subjects();
        [
            subjects.timed,
            subjects.slower_by_fuel,
            subjects.slower_by_time,
        ]
    };
    record(&mut tally, PLAIN);
    assert_eq!(votes(&tally), [0, 0, 0], "nothing was evaluated");
    record(
        &mut tally,
        Said {
            fuel: Some(200),
            ms: 21,
            ..PLAIN
        },
    );
    assert_eq!(votes(&tally), [1, 0, 1], "twice is not more than twice");
    record(
        &mut tally,
        Said {
            fuel: Some(900),
            ms: 900,
            ..PLAIN
        },
    );
    assert_eq!(votes(&tally), [1, 0, 1], "a second pair has no vote");
    record(
        &mut tally,
        Said {
            subject: 1,
            fuel: Some(201),
            ms: 20,
            ..PLAIN
        },
    );
    assert_eq!(votes(&tally), [2, 1, 1]);
    let cost = tally.phase().cost;
    assert_eq!(
        (cost.pairs, cost.stable_fuel, cost.candidate_fuel),
        (3, 300, 1_301)
    );
    assert_eq!(cost.fuel_ratio(), Some(1_301.0 / 300.0));
    assert_eq!(cost.time_ratio(), Some(941.0 / 30.0));
}

#[test]
fn nobody_is_slower_where_nobody_asks() {
    let mut tally = Tally::new(&Guards::default());
    record(
        &mut tally,
        Said {
            fuel: Some(u64::MAX),
            ms: 1 << 40,
            ..PLAIN
        },
    );
    assert_eq!(tally.subjects().slower_by_fuel, 0);
    assert_eq!(tally.subjects().timed, 1);
}

#[test]
fn a_phase_begins_anew_and_the_rollout_goes_on() {
    let mut tally = Tally::new(&Guards::default());
    record(
        &mut tally,
        Said {
            effect: Effect::Allow,
            ..PLAIN
        },
    );
    tally.drop_pairs(2);
    tally.reset(&twice_as_slow());
    assert_eq!(tally.phase().pairs(), 0);
    assert_eq!(tally.subjects().compared, 0);
    assert_eq!(tally.loosened().count(), 0);
    assert_eq!(tally.latency_ratio(), Some(2.0));
    record(
        &mut tally,
        Said {
            effect: Effect::Allow,
            ..PLAIN
        },
    );
    tally.reset(&Guards::default());
    record(&mut tally, PLAIN);
    let total = tally.total();
    assert_eq!(
        (total.pairs(), total.loosened, total.same, total.dropped),
        (3, 2, 1, 2)
    );
}

#[test]
fn shares_of_the_sample_are_shares_of_all() {
    let mut tally = Tally::new(&Guards::default());
    for (n, subject) in hashes(60_000).enumerate() {
        let faulted = n % 20 == 0;
        record(
            &mut tally,
            Said {
                subject,
                faulted,
                ..PLAIN
            },
        );
    }
    let subjects = tally.subjects();
    assert!(subjects.compared > SUBJECTS_MAX as u64, "{subjects:?}");
    assert!(subjects.compared < 20_000, "{subjects:?}");
    let share = subjects.faulted as f64 / subjects.compared as f64;
    assert!((share - 0.05).abs() < 0.01, "{share}");
}

#[test]
fn subjects_that_come_again_after_the_sample_shrank_are_not_counted_again() {
    let mut tally = Tally::new(&Guards::default());
    let all = || hashes(30_000);
    for subject in all().chain(all()).chain(all()) {
        record(&mut tally, Said { subject, ..PLAIN });
    }
    let mut once = Tally::new(&Guards::default());
    for subject in all() {
        record(&mut once, Said { subject, ..PLAIN });
    }
    assert_eq!(tally.subjects(), once.subjects());
}

#[test]
fn loosened_subjects_are_exact_up_to_their_bound() {
    let mut tally = Tally::new(&Guards::default());
    for (n, subject) in hashes(LOOSENED_SUBJECTS_MAX + 500).enumerate() {
        for _ in 0..2 {
            record(
                &mut tally,
                Said {
                    subject,
                    effect: Effect::Allow,
                    ..PLAIN
                },
            );
        }
        let expected = (n as u64 + 1).min(LOOSENED_SUBJECTS_MAX + 1);
        assert_eq!(tally.loosened().count(), expected);
    }
    assert!(tally.loosened().is_beyond());
}

/// Bytes of memory of a B-tree of this many entries whose nodes are all half empty.
fn tree_bytes(entries: usize, entry_bytes: usize) -> usize {
    // A node has room for 11 entries and keeps 5 at least; inner nodes, with 12 edges each, are a sixth of the others.
    let nodes = entries.div_ceil(5);
    nodes * (16 + 11 * entry_bytes) + nodes.div_ceil(5) * 12 * 8
}

#[test]
fn a_tally_stays_within_its_bytes_whatever_comes() {
    let worst = tree_bytes(SUBJECTS_MAX + 1, 16) + tree_bytes(LOOSENED_SUBJECTS_MAX as usize, 8);
    assert!(worst + size_of::<Tally>() < TALLY_BYTES_MAX, "{worst}");

    let mut tally = Tally::new(&twice_as_slow());
    // Random ones, then ones that are chosen to stay in the sample.
    for subject in hashes(50_000).chain(0..50_000) {
        record(
            &mut tally,
            Said {
                subject,
                effect: Effect::Allow,
                fuel: Some(900),
                ms: 900,
                ..PLAIN
            },
        );
    }
    let json = serde_json::to_string(&tally).unwrap();
    assert!(json.len() < TALLY_BYTES_MAX, "{}", json.len());
    assert!(
        json.len() > 100_000,
        "the bound was not tried: {}",
        json.len()
    );
    assert_eq!(stored(&tally), tally);
}

#[test]
fn what_was_stored_is_checked() {
    let tally = Tally::new(&Guards::default());
    let good = serde_json::to_value(&tally).unwrap();
    let refused = |path: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        serde_json::from_value::<Tally>(bad)
            .unwrap_err()
            .to_string()
    };
    let too_many = "A".repeat(12 * (SUBJECTS_MAX + 1));
    assert_eq!(
        refused("/subjects/marks", too_many.into()),
        "there are more packed subjects than may be"
    );
    assert_eq!(
        refused("/loosened/subjects", "AAA".into()),
        "the packed subjects can't be read"
    );
    assert_eq!(
        refused("/subjects/zeros", 65.into()),
        "the packed subjects can't be read"
    );
    refused("/loosened/subjects", "!".into());
    refused("/phase/same", (-1).into());
}

fn said() -> impl Strategy<Value = Said> {
    let effects = prop::sample::select(Effect::ALL.to_vec());
    let fuel = prop::option::of(0..400_u64);
    (any::<u8>(), effects, any::<bool>(), fuel, 0..40_u64).prop_map(
        |(subject, effect, faulted, fuel, ms)| Said {
            subject: blake3::hash(&[subject]).as_bytes()[0].into(),
            effect,
            faulted,
            fuel,
            ms,
        },
    )
}

proptest! {
    /// While all subjects fit, the counts are those that sets would give.
    #[test]
    fn counts_are_what_sets_would_give(all in prop::collection::vec(said(), 0..200)) {
        let mut tally = Tally::new(&twice_as_slow());
        let mut sets: [BTreeSet<u64>; 4] = Default::default();
        let mut votes = std::collections::BTreeMap::new();
        for said in &all {
            let class = record(&mut tally, *said);
            let [compared, faulted, diverged, loosened] = &mut sets;
            compared.insert(said.subject);
            if class == Divergence::Faulted { faulted.insert(said.subject); }
            if class > Divergence::Reworded { diverged.insert(said.subject); }
            if class == Divergence::Loosened { loosened.insert(said.subject); }
            if let Some(fuel) = said.fuel {
                votes.entry(said.subject).or_insert((fuel > 200, said.ms > 20));
            }
        }
        let subjects = *tally.subjects();
        let counted = [subjects.compared, subjects.faulted, subjects.diverged, subjects.loosened];
        prop_assert_eq!(counted, sets.each_ref().map(|set| set.len() as u64));
        prop_assert_eq!(tally.loosened().count(), sets[3].len() as u64);
        prop_assert_eq!(subjects.timed, votes.len() as u64);
        prop_assert_eq!(subjects.slower_by_fuel, votes.values().filter(|vote| vote.0).count() as u64);
        prop_assert_eq!(subjects.slower_by_time, votes.values().filter(|vote| vote.1).count() as u64);
        prop_assert_eq!(tally.phase().pairs(), all.len() as u64);
        prop_assert_eq!(stored(&tally), tally);
    }
}
