//! From the first phase to the end, or back.

use std::time::Duration;

use lictor::{Effect, Move, Plan, RolloutError, RolloutSpec, Side, Stage};

use super::{ALL, HALF, HOUR, SHADOW, World, pay, plan};
use crate::fixture::{ALLOW, DENY, limit, limit_that, says};

const AGENTS: usize = 40;

fn agents() -> impl Iterator<Item = String> {
    (0..AGENTS).map(|number| format!("agent-{number}"))
}

#[test]
fn a_new_version_goes_from_shadow_to_all() {
    let world = World::limited();
    let plan = plan("off", &[&format!("{SHADOW}\npairs_min = 40"), HALF, ALL]);
    let rollout = world.roll_out(RolloutSpec::new(plan).bind(limit("2.0.0", 5_000)));
    assert_eq!(rollout.stage, Stage::Phase(0));

    // Shadow: stable decides, both are compared.
    for agent in agents() {
        assert_eq!(world.effect(&agent, 8_000), Effect::Allow);
    }
    let status = world.compared(&rollout, AGENTS as u64);
    assert_eq!(status.phase.tightened, AGENTS as u64, "{status:?}");
    world.pass(HOUR - Duration::from_millis(1));
    assert_eq!(world.status(&rollout).stage, Stage::Phase(0));
    world.pass(Duration::from_millis(1));
    assert_eq!(world.status(&rollout).stage, Stage::Phase(1));

    // Half of the agents, and each stays where it is.
    let denied = |it: &String| world.effect(it, 8_000) == Effect::Deny;
    let canary: Vec<String> = agents().filter(denied).collect();
    assert!((5..=AGENTS - 5).contains(&canary.len()), "{}", canary.len());
    assert_eq!(agents().filter(denied).collect::<Vec<_>>(), canary);
    let outcome = world
        .host
        .evaluate(&world.bank, &pay(&canary[0], 1))
        .unwrap();
    assert_eq!(outcome.policies.len(), 1);
    assert_eq!(outcome.policies[0].side, Side::Candidate);
    assert_eq!(outcome.policies[0].bound.version.to_string(), "2.0.0");

    world.pass(HOUR);
    assert!(agents().all(|it| world.effect(&it, 8_000) == Effect::Deny));
    world.pass(HOUR);
    let status = world.status(&rollout);
    assert_eq!(status.stage, Stage::Promoted);
    let who: Vec<_> = status.moves.iter().map(|it| it.by.as_str()).collect();
    assert_eq!(who, ["host", "plan", "plan", "plan"]);
    let bound = world.host.bound(&world.bank).unwrap();
    assert_eq!(bound[0].version.to_string(), "2.0.0");
    let outcome = world
        .host
        .evaluate(&world.bank, &pay("any", 8_000))
        .unwrap();
    assert_eq!(outcome.policies[0].side, Side::Stable);

    // Back at once, without a key.
    let status = world
        .host
        .move_rollout(&world.bank, &rollout.rollout, Move::RollBack)
        .unwrap();
    assert_eq!(status.stage, Stage::RolledBack);
    assert!(agents().all(|it| world.effect(&it, 8_000) == Effect::Allow));
}

#[test]
fn an_aborted_candidate_decides_nothing() {
    let world = World::limited();
    let rollout = world.roll_out(RolloutSpec::new(plan("off", &[ALL])).bind(limit("1.1.0", 0)));
    assert_eq!(world.effect("ann", 1), Effect::Deny);
    let aborted = world
        .host
        .move_rollout(&world.bank, &rollout.rollout, Move::Abort);
    assert_eq!(aborted.unwrap().stage, Stage::Aborted);
    assert_eq!(world.effect("ann", 1), Effect::Allow);
    // What was never promoted doesn't count as the highest version: the same one may come again.
    let again = world.roll_out(RolloutSpec::new(plan("off", &[ALL])).bind(limit("1.1.0", 0)));
    assert_ne!(again.rollout, rollout.rollout);
    world.pass(HOUR);
    assert_eq!(world.status(&again).stage, Stage::Promoted);
}

#[test]
fn a_paused_rollout_keeps_its_split_and_its_time() {
    let world = World::limited();
    let rollout = world.roll_out(RolloutSpec::new(plan("off", &[ALL])).bind(limit("1.1.0", 0)));
    let make = |step| world.host.move_rollout(&world.bank, &rollout.rollout, step);
    world.pass(HOUR / 2);
    make(Move::Pause).unwrap();
    world.pass(100 * HOUR);
    assert_eq!(world.effect("ann", 1), Effect::Deny);
    let status = make(Move::Resume).unwrap();
    assert_eq!(status.time_left, Some(HOUR / 2));
    world.pass(HOUR / 2);
    assert_eq!(world.status(&rollout).stage, Stage::Promoted);
}

#[test]
fn a_plan_may_wait_for_a_person() {
    let world = World::limited();
    let plan = plan("off", &[&format!("{SHADOW}\nwait = true"), ALL]);
    let rollout = world.roll_out(RolloutSpec::new(plan).bind(limit("1.1.0", 0)));
    assert!(!world.status(&rollout).waits);
    world.pass(2 * HOUR);
    let status = world.status(&rollout);
    assert_eq!((status.stage, status.waits), (Stage::Phase(0), true));
    let status = world
        .host
        .move_rollout(&world.bank, &rollout.rollout, Move::Advance);
    assert_eq!(status.unwrap().stage, Stage::Phase(1));
}

#[test]
fn a_guard_that_trips_aborts_at_once_and_says_which_number_did_it() {
    let world = World::limited();
    let guarded = format!("{ALL}\nsample = 1\nguards = {{ fault_rate = 0.01 }}");
    let spec = RolloutSpec::new(plan("off", &[&guarded])).bind(limit_that("1.1.0", 10_000, 7, 0));
    let rollout = world.roll_out(spec);
    // Every fifth subject meets the fault, which denies.
    let last = world.until_a_guard_trips(&rollout, |number| if number % 5 == 0 { 7 } else { 1 });
    assert_eq!((last.by.as_str(), last.r#move), ("guard", Move::Abort));
    let why = last.why.as_deref().unwrap();
    assert!(why.contains("fault") && why.contains("1 %"), "{why}");
    assert_eq!(world.effect("agent-0", 7), Effect::Allow);
}

#[test]
fn a_candidate_that_is_dear_goes_back() {
    let world = World::limited();
    let guarded = format!("{SHADOW}\nguards = {{ latency_ratio = 2.0 }}");
    let spec =
        RolloutSpec::new(plan("off", &[&guarded])).bind(limit_that("1.1.0", 10_000, -1, 10_000));
    let rollout = world.roll_out(spec);
    let last = world.until_a_guard_trips(&rollout, |number| number + 1_000);
    let why = last.why.unwrap();
    assert!(why.contains("fuel"), "{why}");
}

#[test]
fn a_rule_moves_between_policies_as_one() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, says("old", "1.0.0", ALLOW)).unwrap();
    host.bind(bank, says("other", "1.0.0", 0)).unwrap();
    let spec = RolloutSpec::new(plan("off", &[HALF]))
        .unbind("old".parse().unwrap())
        .bind(says("new", "1.0.0", ALLOW))
        .bind(says("other", "1.1.0", 0));
    let rollout = world.roll_out(spec);
    let mut seen = std::collections::BTreeSet::new();
    for agent in agents() {
        let outcome = host.evaluate(bank, &pay(&agent, 1)).unwrap();
        assert_eq!(outcome.decision.effect, Effect::Allow);
        let names = outcome
            .policies
            .iter()
            .map(|it| (it.bound.policy.to_string(), it.bound.version.to_string()));
        seen.insert(names.collect::<Vec<_>>());
    }
    let named = |all: &[(&str, &str)]| {
        let all = all
            .iter()
            .map(|(policy, version)| (policy.to_string(), version.to_string()));
        all.collect::<Vec<_>>()
    };
    let expected = [
        named(&[("new", "1.0.0"), ("other", "1.1.0")]),
        named(&[("old", "1.0.0"), ("other", "1.0.0")]),
    ];
    assert_eq!(seen, expected.into());
    world.pass(HOUR);
    assert_eq!(world.status(&rollout).stage, Stage::Promoted);
    let bound = host.bound(bank).unwrap();
    let bound: Vec<_> = bound.iter().map(|it| it.policy.as_str()).collect();
    assert_eq!(bound, ["new", "other"]);
    host.move_rollout(bank, &rollout.rollout, Move::RollBack)
        .unwrap();
    let bound = host.bound(bank).unwrap();
    let bound: Vec<_> = bound.iter().map(|it| it.policy.as_str()).collect();
    assert_eq!(bound, ["old", "other"]);
}

#[test]
fn documents_change_places_with_the_policies_that_read_them() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    // It traps where the two documents differ: nobody may see one old and one new.
    host.replace_data(
        bank,
        [
            ("a".parse().unwrap(), br#"{"v":1}"#.as_slice()),
            ("b".parse().unwrap(), br#"{"v":1}"#),
        ],
    )
    .unwrap();
    host.bind(
        bank,
        crate::fixture::spec("compare", "1.0.0", "compare", "{}"),
    )
    .unwrap();
    let spec = RolloutSpec::new(plan("canary", &[HALF]))
        .put_data("a".parse().unwrap(), r#"{"v":2}"#)
        .put_data("b".parse().unwrap(), r#"{"v":2}"#);
    let rollout = world.roll_out(spec);
    for agent in agents() {
        assert_eq!(world.effect(&agent, 1), Effect::Allow);
    }
    let taken = host
        .put_data(bank, "a".parse().unwrap(), b"{}")
        .unwrap_err();
    assert!(
        taken
            .to_string()
            .contains("is being replaced by the rollout"),
        "{taken}"
    );
    world.pass(HOUR);
    assert_eq!(world.status(&rollout).stage, Stage::Promoted);
    assert_eq!(world.effect("ann", 1), Effect::Allow);
    host.put_data(bank, "a".parse().unwrap(), br#"{"v":3}"#)
        .unwrap();
    let back = host
        .move_rollout(bank, &rollout.rollout, Move::RollBack)
        .unwrap_err();
    assert!(matches!(back, RolloutError::Superseded { .. }), "{back}");
}

#[test]
fn immediate_takes_over_and_can_be_taken_back_once() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, limit("1.0.0", 10_000)).unwrap();
    let first = world.roll_out(RolloutSpec::new(Plan::immediate()).bind(limit("1.1.0", 5_000)));
    assert_eq!(first.stage, Stage::Promoted);
    let second = world.roll_out(RolloutSpec::new(Plan::immediate()).bind(limit("1.2.0", 1_000)));
    let back = |it: &lictor::RolloutStatus| host.move_rollout(bank, &it.rollout, Move::RollBack);
    assert!(matches!(back(&first), Err(RolloutError::Superseded { .. })));
    back(&second).unwrap();
    assert_eq!(world.effect("ann", 4_000), Effect::Allow);
    assert_eq!(world.effect("ann", 6_000), Effect::Deny);
    assert!(matches!(back(&second), Err(RolloutError::Move(_))));
    let _ = DENY;
}
