//! The case that everybody understands: 500 agents may pay up to 10,000 each, the new version allows 5,000, and all of them go on
//! asking for 8,000, under the phases of `careful`.

use std::time::Duration;

use lictor::{Effect, FailurePolicy, Stage, Strict};

use crate::model::{Asked, Part, Plan};
use crate::world::{Terms, World};

const AGENTS: u64 = 500;
/// So often that the least number of pairs is reached in each phase.
const EVERY: Duration = Duration::from_secs(8 * 3_600);

/// How many of 500 requests are approved in each phase, and of how many canary subjects.
#[derive(Debug, PartialEq)]
struct Approved {
    phase: usize,
    canaries: u64,
    of_canaries: u64,
    of_others: u64,
}

/// Each round of requests, until the new version is promoted, and one round after that.
fn rounds(strict: Strict) -> (Vec<Approved>, u64) {
    let mut world = World::new(1);
    world.add_tenant("bank", FailurePolicy::Deny, AGENTS);
    world.bind(0, Terms::new(10_000));
    let plan = Plan {
        name: "worked",
        strict,
        ..Plan::careful()
    };
    world.deploy_major(0, plan, Terms::new(5_000));
    let mut rounds = Vec::new();
    for step in 0.. {
        world.step = step;
        let rollout = &world.tenants[0].rollouts[0];
        let (stage, circle) = (rollout.stage, rollout.circle.clone());
        let percent = match rollout.phase().map(|it| &rollout.plan.phases[it].part) {
            Some(Part::Canary { percent, .. }) => *percent,
            _ => 0.0,
        };
        let mut approved = Approved {
            phase: rollout.phase().unwrap_or(usize::MAX),
            canaries: 0,
            of_canaries: 0,
            of_others: 0,
        };
        for agent in 0..AGENTS {
            let agent = format!("agent-{agent}");
            let is_approved = world.decide(0, &Asked::new(&agent, 8_000)) == Effect::Allow;
            let is_canary = circle.is_within(&agent, percent);
            approved.canaries += u64::from(is_canary);
            approved.of_canaries += u64::from(is_approved && is_canary);
            approved.of_others += u64::from(is_approved && !is_canary);
        }
        if !matches!(stage, Stage::Phase(_)) {
            assert_eq!(stage, Stage::Promoted);
            assert_eq!(step, 15, "five days are 15 rounds");
            return (rounds, approved.of_canaries + approved.of_others);
        }
        rounds.push(approved);
        // A queue takes 256 requests of a tenant, and the others are dropped and counted.
        world.compare();
        world.pass(EVERY);
    }
    unreachable!("it is promoted in the end")
}

#[test]
fn in_fleet_mode_nobody_gets_what_the_new_version_forbids_from_the_first_canary_on() {
    let (rounds, after) = rounds(Strict::Fleet);
    for round in &rounds {
        let allowed = if round.phase == 0 { AGENTS } else { 0 };
        assert_eq!(round.of_canaries + round.of_others, allowed, "{round:?}");
    }
    assert_eq!(after, 0);
}

#[test]
fn in_canary_mode_and_without_one_the_others_go_on_and_no_canary_does() {
    for strict in [Strict::Canary, Strict::Off] {
        let (rounds, after) = rounds(strict);
        let mut canaries = Vec::new();
        for round in &rounds {
            assert_eq!(round.of_canaries, 0, "{strict} {round:?}");
            assert_eq!(
                round.of_others,
                AGENTS - round.canaries,
                "{strict} {round:?}"
            );
            canaries.push(round.canaries);
        }
        canaries.dedup();
        // The numbers that the split comes to for these names, about 0, 10, 50 and 90 % of 500.
        assert_eq!(canaries, CANARIES, "{strict}");
        assert_eq!(after, 0);
    }
}

const CANARIES: [u64; 4] = [0, 48, 234, 434];
