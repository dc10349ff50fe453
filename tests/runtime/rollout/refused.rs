//! What is refused, and that nothing has changed then.

use lictor::{BindError, Effect, Plan, ROLLOUTS_MAX, RolloutError, RolloutSpec};

use super::{ALL, HALF, SHADOW, World, plan};
use crate::fixture::{ALLOW, limit, says, spec};

#[test]
fn versions_mean_what_they_say() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, limit("1.0.0", 10)).unwrap();
    let refused = |spec: RolloutSpec| host.roll_out(bank, spec).unwrap_err();
    for plan in [Plan::immediate(), Plan::blue_green(), plan("off", &[HALF])] {
        let error = refused(RolloutSpec::new(plan).bind(limit("2.0.0", 20)));
        assert!(matches!(error, RolloutError::Major { .. }), "{error}");
        assert!(error.to_string().contains("starts in shadow"), "{error}");
    }
    let error = host.bind(bank, limit("2.0.0", 20)).unwrap_err();
    assert!(matches!(error, BindError::Major { .. }), "{error}");
    // The same version with other bytes; other parameters of the same artifact are none.
    let error = refused(RolloutSpec::new(Plan::careful()).bind(spec(
        "limit",
        "1.0.0",
        "effect",
        r#"{"effect":1}"#,
    )));
    assert!(error.to_string().contains("1.0.0"), "{error}");
    let error = refused(RolloutSpec::new(Plan::careful()).bind(limit("0.9.0", 20)));
    assert!(matches!(error, RolloutError::Bind(_)), "{error}");
    assert_eq!(world.effect("ann", 15), Effect::Deny);
    assert!(host.rollouts(bank).unwrap().is_empty());
    world.roll_out(RolloutSpec::new(Plan::immediate()).bind(limit("1.0.0", 20)));
    assert_eq!(world.effect("ann", 15), Effect::Allow);
}

#[test]
fn one_rollout_at_a_time_for_a_policy_and_a_document() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, limit("1.0.0", 10)).unwrap();
    let shadow = || RolloutSpec::new(plan("off", &[SHADOW]));
    let name = world.roll_out(shadow().bind(limit("1.1.0", 20))).rollout;
    let taken = [
        host.roll_out(bank, shadow().bind(limit("1.2.0", 20)))
            .map(drop)
            .unwrap_err()
            .to_string(),
        host.roll_out(bank, shadow().unbind("limit".parse().unwrap()))
            .map(drop)
            .unwrap_err()
            .to_string(),
        host.bind(bank, limit("1.2.0", 20))
            .map(drop)
            .unwrap_err()
            .to_string(),
        host.unbind(bank, &"limit".parse().unwrap())
            .unwrap_err()
            .to_string(),
    ];
    for error in taken {
        let expected = format!("the policy `limit` is being replaced by the rollout `{name}`");
        assert_eq!(error, expected);
    }
    let twice = shadow()
        .put_data("a".parse().unwrap(), "1")
        .remove_data("a".parse().unwrap());
    let error = host.roll_out(bank, twice).unwrap_err();
    assert!(matches!(error, RolloutError::Twice { .. }), "{error}");
    let error = host.roll_out(bank, shadow()).unwrap_err();
    assert!(matches!(error, RolloutError::Nothing), "{error}");
    let error = host
        .roll_out(bank, shadow().name(name).bind(says("x", "1.0.0", ALLOW)))
        .unwrap_err();
    assert!(matches!(error, RolloutError::Exists { .. }), "{error}");
    let error = host
        .roll_out(bank, shadow().unbind("nothing".parse().unwrap()))
        .unwrap_err();
    assert!(
        matches!(error, RolloutError::UnknownPolicy { .. }),
        "{error}"
    );
    let error = host
        .roll_out(bank, shadow().remove_data("nothing".parse().unwrap()))
        .unwrap_err();
    assert!(
        matches!(error, RolloutError::UnknownDocument { .. }),
        "{error}"
    );
}

#[test]
fn so_many_rollouts_run_and_no_more_and_all_have_their_say() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    for number in 0..ROLLOUTS_MAX {
        let name = format!("rule-{number}");
        host.bind(bank, says(&name, "1.0.0", ALLOW)).unwrap();
    }
    for number in 0..ROLLOUTS_MAX {
        let new = says(
            &format!("rule-{number}"),
            "1.1.0",
            if number == 7 { 3 } else { 1 },
        );
        world.roll_out(RolloutSpec::new(plan("canary", &[ALL])).bind(new));
    }
    let more = RolloutSpec::new(plan("off", &[ALL])).bind(says("more", "1.0.0", ALLOW));
    let error = host.roll_out(bank, more).unwrap_err();
    assert!(matches!(error, RolloutError::TooMany { .. }), "{error}");
    // Each policy is asked twice, though 256 versions of the tenant have a say.
    let outcome = host.evaluate(bank, &super::pay("ann", 1)).unwrap();
    assert_eq!(outcome.policies.len(), 2 * ROLLOUTS_MAX);
    assert_eq!(outcome.decision.effect, Effect::Deny);
}

#[test]
fn a_tenant_that_goes_takes_its_rollouts_along() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, limit("1.0.0", 10)).unwrap();
    let rollout = world.roll_out(RolloutSpec::new(plan("off", &[SHADOW])).bind(limit("1.1.0", 20)));
    host.remove_tenant(bank).unwrap();
    assert!(host.rollouts(bank).is_err());
    host.add_tenant(bank, lictor::TenantSettings::default())
        .unwrap();
    assert!(host.rollout(bank, &rollout.rollout).is_err());
    host.tick();
}
