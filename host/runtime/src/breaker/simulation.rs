//! Random traffic of many subjects on one breaker, with policies that are well, ill and well again, from a seed.

use std::collections::HashSet;

use super::tests::{Came, World};
use super::*;

/// A stream of numbers from a seed.
struct Dice(blake3::OutputReader);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(
            blake3::Hasher::new()
                .update(&seed.to_le_bytes())
                .finalize_xof(),
        )
    }

    fn below(&mut self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }

    fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }
}

#[test]
fn one_caller_among_many_who_are_well_opens_nothing_and_is_cut_off() {
    for seed in 0..10 {
        let mut dice = Dice::new(seed);
        let world = World::new(BreakerSettings::default());
        let (mut hostile_run, mut hostile) = (0, 0);
        for step in 0..10_000 {
            world.after(dice.below(100));
            if dice.per_mille(700) {
                // It mixes in good requests as it likes.
                hostile += 1;
                let came = match dice.below(1 + seed % 5) {
                    0 => world.faults("mallory"),
                    _ => world.decides("mallory"),
                };
                hostile_run += u64::from(came == Came::Run);
                assert!(!matches!(came, Came::Cut(_)), "seed {seed}, step {step}");
            } else {
                // Of others' requests, two in a thousand fault.
                let subject = format!("agent-{}", dice.below(50));
                let came = match dice.per_mille(2) {
                    true => world.faults(&subject),
                    false => world.decides(&subject),
                };
                assert_eq!(came, Came::Run, "seed {seed}, step {step}");
            }
        }
        assert_eq!(world.report().opened, 0, "seed {seed}");
        // Where it mixes in so many that its rate is 80 per cent or more, it may.
        assert!(
            seed % 5 == 4 || hostile_run * 10 < hostile,
            "seed {seed}: {hostile_run}"
        );
    }
}

#[test]
fn whatever_happens_the_rules_hold() {
    for seed in 0..30 {
        let mut dice = Dice::new(1_000 + seed);
        let world = World::new(BreakerSettings::default());
        let subjects = 1 + dice.below(12);
        let names: Vec<String> = (0..subjects).map(|it| format!("agent-{it}")).collect();
        let mut faulted = HashSet::new();
        let (mut in_flight, mut opened, mut waits) = (Vec::new(), 0, Vec::new());
        let mut ill = 0;
        for step in 0..4_000 {
            let place = format!("seed {seed}, step {step}");
            world.after(dice.below(2_000));
            if dice.per_mille(5) {
                ill = [0, 100, 500, 1_000][dice.below(4) as usize];
            }
            let who = dice.below(subjects) as usize;
            let state = world.report_if_any().map(|report| report.state);
            let probing = state == Some(CircuitState::HalfOpen);
            match world.pass(&names[who]) {
                Ok(pass) => in_flight.push((who, probing, pass)),
                Err(Came::Alone(_)) => {
                    assert!(faulted.contains(&who), "{place}: it never faulted");
                }
                Err(came) => assert!(faulted.len() >= 3, "{place}: {came:?}"),
            }
            let probes = in_flight.iter().filter(|(_, probe, _)| *probe).count();
            assert!(probes <= 1, "{place}: {probes} probes");
            if in_flight.len() > dice.below(6) as usize {
                let ends = dice.below(in_flight.len() as u64) as usize;
                let (who, _, pass) = in_flight.swap_remove(ends);
                if dice.per_mille(50) {
                    drop(pass);
                } else if dice.per_mille(ill) {
                    faulted.insert(who);
                    pass.end::<()>(&Err(Fault::StackExhausted));
                } else {
                    pass.end(&Ok(()));
                }
            }
            assert!(world.parts_are_in_the_whole(), "{place}");
            if let Some(report) = world.report_if_any()
                && report.opened > opened
            {
                opened = report.opened;
                assert!(faulted.len() >= 3, "{place}: opened by fewer than three");
                let open_ms = report.until_ms.unwrap() - report.since_ms;
                assert!(
                    [60, 120, 240, 480, 960].contains(&(open_ms / 1_000)),
                    "{place}"
                );
                waits.push(open_ms);
            }
        }
        // Well again, it recovers: after the longest wait everybody's next requests are decided.
        in_flight.clear();
        for _ in 0..3 {
            world.after(960_000);
            names
                .iter()
                .for_each(|name| assert_ne!(world.decides(name), Came::Cut(0)));
        }
        for name in &names {
            assert_eq!(world.decides(name), Came::Run, "seed {seed}");
        }
        assert!(subjects > 2 || opened == 0, "seed {seed}");
        // From one opening to the next the time doubles, stays at its bound, or has fallen back.
        for pair in waits.windows(2) {
            let doubled = (pair[0] * 2).min(960_000);
            assert!(
                pair[1] == doubled || pair[1] == 60_000,
                "seed {seed}: {pair:?}"
            );
        }
    }
}

#[test]
fn of_many_threads_one_at_a_time_is_the_probe() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let world = World::new(BreakerSettings::default());
    for subject in ["a", "b", "c", "a", "b"] {
        world.faults(subject);
    }
    world.after(60_000);
    let (inside, probes) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (world, inside, probes) = (&world, &inside, &probes);
            scope.spawn(move || {
                let name = format!("thread-{number}");
                for _ in 0..2_000 {
                    if let Ok(pass) = world.pass(&name) {
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        probes.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(pass);
                    }
                }
            });
        }
    });
    assert!(probes.into_inner() > 1);
    assert_eq!(world.report().state, CircuitState::HalfOpen);
}
