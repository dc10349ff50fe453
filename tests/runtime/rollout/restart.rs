//! A rollout is where it was when its host is started again, after any end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness::{NOW_MS, keyring};
use lictor::{Effect, Host, ManualClock, Move, RolloutSpec, RolloutStatus, Stage, TenantSettings};

use super::{ALL, HALF, HOUR, SHADOW, World, plan};
use crate::fixture::{limit, limit_that, spec, tenant};
use crate::restore::on;

/// A host on a state folder, whose clock stands there.
fn start(folder: &Path, unix_ms: u64) -> World {
    let clock = Arc::new(ManualClock::at(unix_ms));
    let host = on(folder).clock(clock.clone()).build().unwrap();
    let bank = tenant("bank");
    World { host, bank, clock }
}

fn founded(folder: &Path) -> World {
    let world = start(folder, NOW_MS);
    world.host.found_keyring(keyring(), "anna").unwrap();
    world
        .host
        .add_tenant(&world.bank, TenantSettings::default())
        .unwrap();
    world
        .host
        .bind(&world.bank, limit("1.0.0", 10_000))
        .unwrap();
    world
}

fn sides(world: &World) -> Vec<Effect> {
    let agents = (0..60).map(|number| format!("agent-{number}"));
    agents.map(|it| world.effect(&it, 8_000)).collect()
}

fn brief(status: &RolloutStatus) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        status.stage,
        status.paused,
        status.replaces.clone(),
        status.moves.clone(),
        status.plan.clone(),
    )
}

#[test]
fn phase_split_moves_and_time_are_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let world = founded(folder.path());
    let acting = world
        .host
        .acting_as("anna", Some("lower the limit".to_owned()));
    let plan = plan("off", &[SHADOW, HALF, ALL]);
    let rollout = acting
        .roll_out(
            &world.bank,
            RolloutSpec::new(plan).bind(limit("2.0.0", 5_000)),
        )
        .unwrap();
    world.pass(HOUR);
    assert_eq!(world.status(&rollout).stage, Stage::Phase(1));
    // Written every ten seconds; what comes after is lost.
    world.pass(HOUR / 2);
    world.pass(Duration::from_secs(9));
    let (before, split) = (world.status(&rollout), sides(&world));
    assert_eq!(before.moves[0].by, "anna");
    drop((world, acting));

    let world = start(folder.path(), NOW_MS + 100 * 3_600_000);
    let after = world.status(&rollout);
    assert_eq!(brief(&after), brief(&before));
    assert_eq!(sides(&world), split);
    let lost = before.time - after.time;
    assert_eq!(
        lost,
        Duration::from_secs(9),
        "time while the host is down does not count"
    );
    world.pass(HOUR / 2);
    assert_eq!(world.status(&rollout).stage, Stage::Phase(2));
    world.pass(HOUR);
    assert_eq!(world.status(&rollout).stage, Stage::Promoted);
    drop(world);

    let world = start(folder.path(), NOW_MS);
    assert_eq!(world.effect("any", 8_000), Effect::Deny);
    world
        .host
        .move_rollout(&world.bank, &rollout.rollout, Move::RollBack)
        .unwrap();
    assert_eq!(world.effect("any", 8_000), Effect::Allow);
    drop(world);

    let world = start(folder.path(), NOW_MS);
    assert_eq!(world.effect("any", 8_000), Effect::Allow);
    assert_eq!(world.status(&rollout).stage, Stage::RolledBack);
    // It is the same binding that is allowed to run, though a higher version was seen.
    assert!(
        world.host.troubles().is_empty(),
        "{:?}",
        world.host.troubles()
    );
}

#[test]
fn counts_planned_and_paused_rollouts_and_documents_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let world = founded(folder.path());
    let (host, bank) = (&world.host, &world.bank);
    let one = |v: u8| format!(r#"{{"v":{v}}}"#).into_bytes();
    let documents = [
        ("a".parse().unwrap(), one(1)),
        ("b".parse().unwrap(), one(1)),
    ];
    host.replace_data(
        bank,
        documents
            .iter()
            .map(|(name, json): &(lictor::DocumentName, Vec<u8>)| (name.clone(), json.as_slice())),
    )
    .unwrap();
    host.bind(bank, spec("compare", "1.0.0", "compare", "{}"))
        .unwrap();
    let both = RolloutSpec::new(plan("canary", &[&format!("{HALF}\nsample = 1")]))
        .put_data("a".parse().unwrap(), one(2))
        .put_data("b".parse().unwrap(), one(2));
    let data = world.roll_out(both);
    let planned = RolloutSpec::new(plan("off", &[ALL])).name("later".parse().unwrap());
    let planned = world.roll_out(planned.bind(limit("1.1.0", 1)).planned());
    world.effect("ann", 5);
    host.compare();
    let counted = world.compared(&data, 1);
    world.pass(Duration::from_secs(10));
    host.move_rollout(bank, &data.rollout, Move::Pause).unwrap();
    drop(world);

    let world = start(folder.path(), NOW_MS);
    let status = world.status(&data);
    assert!(status.paused);
    assert_eq!(status.total, counted.total);
    for number in 0..40 {
        // Would be denied by a fault if it saw one old and one new.
        assert_eq!(world.effect(&format!("agent-{number}"), 5), Effect::Allow);
    }
    assert_eq!(world.status(&planned).stage, Stage::Planned);
    world
        .host
        .begin_rollout(&world.bank, &planned.rollout)
        .unwrap();
    assert_eq!(world.effect("ann", 5), Effect::Deny);
    world
        .host
        .move_rollout(&world.bank, &planned.rollout, Move::Abort)
        .unwrap();
    world
        .host
        .move_rollout(&world.bank, &data.rollout, Move::Promote)
        .unwrap();
    drop(world);

    let world = start(folder.path(), NOW_MS);
    let a = world.host.data(&world.bank, &"a".parse().unwrap()).unwrap();
    assert_eq!(a, r#"{"v":2}"#);
    world
        .host
        .move_rollout(&world.bank, &data.rollout, Move::RollBack)
        .unwrap();
    let a = world.host.data(&world.bank, &"a".parse().unwrap()).unwrap();
    assert_eq!(a, r#"{"v":1}"#);
}

#[test]
fn a_tenant_that_went_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let world = founded(folder.path());
    world.roll_out(RolloutSpec::new(plan("off", &[ALL])).bind(limit_that("1.1.0", 1, 7, 0)));
    world.host.remove_tenant(&world.bank).unwrap();
    drop(world);
    let world = start(folder.path(), NOW_MS);
    world
        .host
        .add_tenant(&world.bank, TenantSettings::default())
        .unwrap();
    assert!(world.host.rollouts(&world.bank).unwrap().is_empty());
    let files = std::fs::read_dir(folder.path().join("artifacts"))
        .unwrap()
        .count();
    assert_eq!(files, 0);
}

/// Stable comes back also where nothing can be written, and stays when it can be written again.
#[test]
fn a_full_disk_does_not_keep_anybody_from_going_back() {
    let folder = tempfile::tempdir().unwrap();
    let world = founded(folder.path());
    let host: &Host = &world.host;
    let canary = world.roll_out(RolloutSpec::new(plan("off", &[ALL])).bind(limit("1.1.0", 1)));
    assert_eq!(world.effect("ann", 5), Effect::Deny);
    host.fail_writes(true);
    let status = host
        .move_rollout(&world.bank, &canary.rollout, Move::Abort)
        .unwrap();
    assert!(status.unwritten);
    assert_eq!(world.effect("ann", 5), Effect::Allow);
    // What leads away from stable can't be done meanwhile.
    let next = RolloutSpec::new(plan("off", &[ALL])).bind(limit("1.2.0", 1));
    assert!(host.roll_out(&world.bank, next.clone()).is_err());
    assert_eq!(world.effect("ann", 5), Effect::Allow);
    host.fail_writes(false);
    host.tick();
    assert!(!world.status(&canary).unwritten);
    drop(world);
    let world = start(folder.path(), NOW_MS);
    assert_eq!(world.status(&canary).stage, Stage::Aborted);
    assert_eq!(world.effect("ann", 5), Effect::Allow);
}
