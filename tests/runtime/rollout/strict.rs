//! The stricter of both: for whom, and with which obligations.

use lictor::{Effect, FailurePolicy, Request, RolloutSpec, Side, TenantSettings};

use super::{ALL, HALF, World, pay, plan};
use crate::fixture::{limit, limit_that};

const AGENTS: usize = 500;

fn agents() -> impl Iterator<Item = String> {
    (0..AGENTS).map(|number| format!("agent-{number}"))
}

/// 500 agents ask for 8,000 each, which the old version allows and the new one forbids, or the other way round.
fn allowed(strict: &str, old: i64, new: i64) -> usize {
    let world = World::new();
    world.host.bind(&world.bank, limit("1.0.0", old)).unwrap();
    world.roll_out(RolloutSpec::new(plan(strict, &[HALF])).bind(limit("1.1.0", new)));
    agents()
        .filter(|it| world.effect(it, 8_000) == Effect::Allow)
        .count()
}

/// Half of the agents, give or take five standard deviations.
const ABOUT_HALF: std::ops::RangeInclusive<usize> = 195..=305;

#[test]
fn what_the_new_version_forbids_is_forbidden_for_whom_the_mode_says() {
    let off = allowed("off", 10_000, 5_000);
    assert!(ABOUT_HALF.contains(&off), "{off}");
    assert_eq!(allowed("fleet", 10_000, 5_000), 0);
    // Subjects on the stable side go on as before; the same ones as without a mode.
    assert_eq!(allowed("canary", 10_000, 5_000), off);
}

#[test]
fn what_the_new_version_allows_comes_as_the_mode_says() {
    let off = allowed("off", 5_000, 10_000);
    assert!(ABOUT_HALF.contains(&off), "{off}");
    assert_eq!(allowed("fleet", 5_000, 10_000), off);
    assert_eq!(allowed("canary", 5_000, 10_000), 0);
}

#[test]
fn who_states_a_version_or_has_no_subject_gets_the_stricter_of_both() {
    let stating = |amount: i64| {
        Request::builder()
            .subject("agent", "ann")
            .action("pay")
            .resource("order", "1")
            .context("amount", amount)
            .context("policy_version", "1.0.0")
            .build()
            .unwrap()
    };
    for (old, new) in [(10, 5), (5, 10)] {
        for strict in ["off", "canary", "fleet"] {
            let world = World::new();
            world.host.bind(&world.bank, limit("1.0.0", old)).unwrap();
            world.roll_out(RolloutSpec::new(plan(strict, &[ALL])).bind(limit("1.1.0", new)));
            let outcome = world.host.evaluate(&world.bank, &stating(8)).unwrap();
            assert_eq!(outcome.decision.effect, Effect::Deny, "{strict}");
            let sides: Vec<_> = outcome.policies.iter().map(|it| it.side).collect();
            assert_eq!(sides, [Side::Stable, Side::Candidate]);
            assert_eq!(
                world
                    .host
                    .evaluate(&world.bank, &stating(3))
                    .unwrap()
                    .decision
                    .effect,
                Effect::Allow
            );
        }
    }
}

#[test]
fn a_fault_of_the_candidate_is_never_answered_by_the_old_version() {
    for on_failure in [
        FailurePolicy::Deny,
        FailurePolicy::LastGood,
        FailurePolicy::Review,
    ] {
        let world = World::new();
        let settings = TenantSettings {
            on_failure,
            ..TenantSettings::default()
        };
        world.host.set_tenant(&world.bank, settings).unwrap();
        world.host.bind(&world.bank, limit("1.0.0", 100)).unwrap();
        assert_eq!(world.effect("ann", 7), Effect::Allow);
        for strict in ["off", "fleet", "canary"] {
            let spec = RolloutSpec::new(plan(strict, &[ALL])).bind(limit_that("1.1.0", 100, 7, 0));
            let rollout = world.roll_out(spec);
            let outcome = world.host.evaluate(&world.bank, &pay("ann", 7)).unwrap();
            assert!(
                outcome.decision.effect > Effect::Allow,
                "{strict} {on_failure:?}"
            );
            let candidate = outcome
                .policies
                .iter()
                .find(|it| it.side == Side::Candidate);
            assert!(candidate.unwrap().verdict.fault().is_some());
            let abort = lictor::Move::Abort;
            world
                .host
                .move_rollout(&world.bank, &rollout.rollout, abort)
                .unwrap();
        }
    }
}
