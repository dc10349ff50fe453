//! A host and the model of it, which are asked the same and do the same.

mod decide;
mod deploy;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use harness::NOW_MS;
use lictor::{
    Effect, FailurePolicy, Host, ManualClock, Move, Outcome, RolloutStatus, Side, Stage,
    StateError, Store, Strict, TenantSettings, Verdict, Version,
};

use crate::fixture::{Guest, builder};
use crate::model::{Answer, Asked, Bound, Choice, Class, Part, Plan, Replacement, Tenant};
use crate::random::Random;

/// As many requests as may wait to be compared, of all tenants and of one.
const WAITING_MAX: usize = 1_024;
const WAITING_OF_TENANT_MAX: usize = WAITING_MAX / 4;
const STEP: Duration = Duration::from_secs(600);

/// What the policy `limit` is bound with.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub limit: i64,
    pub trap: i64,
    pub spin: u32,
}

impl Terms {
    pub fn new(limit: i64) -> Self {
        Self {
            limit,
            trap: -1,
            spin: 0,
        }
    }

    pub fn bound(self, policy: &str, version: Version) -> Bound {
        let Self { limit, trap, spin } = self;
        Bound {
            policy: policy.to_owned(),
            version,
            guest: Guest::Limit,
            limit,
            trap,
            spin,
            revision: None.into(),
            decided: false.into(),
        }
    }
}

pub struct World {
    pub host: Host,
    clock: Arc<ManualClock>,
    pub random: Random,
    pub tenants: Vec<Tenant>,
    pub agents: Vec<u64>,
    fresh: i64,
    pub drawn: Drawn,
    pub tripped: Vec<String>,
    seed: u64,
    pub step: u64,
    kept: Option<Kept>,
}

/// What a host on a state folder is set up from.
struct Kept {
    folder: tempfile::TempDir,
    starts: u64,
    /// Holds the code of the guests meanwhile, so that a crash compiles nothing.
    _spare: Host,
}

/// How often something happened.
#[derive(Debug, Default)]
pub struct Drawn {
    pub requests: u64,
    pub recalled: u64,
    pub strict_denials: u64,
    pub candidate_faults: u64,
    pub last_good: u64,
    pub deployed: u64,
    pub refused: u64,
    pub dropped: u64,
    pub crashes: u64,
    pub moves: BTreeMap<String, u64>,
}

/// A failure says how it is brought about again.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, step, .. } = self;
            harness::say(&format!("failed with LICTOR_SEED={seed} at step {step}"));
        }
    }
}

// Time and what the host does by itself.
impl World {
    pub fn new(seed: u64) -> Self {
        let clock = Arc::new(ManualClock::at(NOW_MS));
        Self {
            host: builder(&clock, seed).build().unwrap(),
            clock,
            random: Random(seed),
            tenants: Vec::new(),
            agents: Vec::new(),
            fresh: 1_000_000,
            drawn: Drawn::default(),
            tripped: Vec::new(),
            seed,
            step: 0,
            kept: None,
        }
    }

    /// On a state folder, where the host can crash.
    pub fn on_a_folder(seed: u64) -> Self {
        let mut world = Self::new(seed);
        let engine = world.host.engine().clone();
        let spare = builder(&world.clock, seed).engine(engine).build().unwrap();
        let tenant = "spare".parse().unwrap();
        spare
            .add_tenant(&tenant, TenantSettings::default())
            .unwrap();
        for guest in [Guest::Limit, Guest::Shared] {
            let bound = Bound {
                guest,
                ..Terms::new(1).bound(&format!("{guest:?}").to_lowercase(), Version::new(1, 0, 0))
            };
            spare.bind(&tenant, bound.spec()).unwrap();
        }
        world.kept = Some(Kept {
            folder: tempfile::tempdir().unwrap(),
            starts: 0,
            _spare: spare,
        });
        world.start();
        world
            .host
            .found_keyring(harness::keyring(), "anna")
            .unwrap();
        world
    }

    pub fn can_crash(&self) -> bool {
        self.kept.is_some()
    }

    /// Sets the host up from its state folder, whatever there was before.
    fn start(&mut self) {
        let kept = self.kept.as_mut().unwrap();
        kept.starts += 1;
        // Decision ids must not come again.
        let seed = self.seed ^ (kept.starts << 32);
        let engine = self.host.engine().clone();
        let start = || builder(&self.clock, seed).engine(engine.clone());
        self.host = start().build().unwrap();
        let store = loop {
            match Store::open_or_create(kept.folder.path()) {
                // The host that was may be on its way out.
                Err(StateError::Held { .. }) => std::thread::yield_now(),
                opened => break opened.unwrap(),
            }
        };
        self.host = start().state(store).build().unwrap();
    }

    /// The host ends at once and comes back: in the same phases, with the same splits, and with all that was bound.
    pub fn crash(&mut self) {
        let open = |world: &Self| {
            let tenants = world.tenants.iter();
            let statuses = tenants.flat_map(|it| world.host.rollouts(&it.name).unwrap());
            let standing = statuses.map(|it| {
                let rollout = (it.tenant, it.rollout, it.plan, it.replaces);
                (rollout, it.stage, it.paused, it.time, it.moves)
            });
            standing.collect::<Vec<_>>()
        };
        let before = open(self);
        self.start();
        assert_eq!(open(self), before);
        self.drawn.crashes += 1;
        for tenant in &mut self.tenants {
            tenant.crash();
            for status in self.host.rollouts(&tenant.name).unwrap() {
                if let Some(rollout) = tenant.rollout(status.rollout.as_str()) {
                    assert!(status.dropped <= rollout.dropped);
                    rollout.dropped = status.dropped;
                }
            }
        }
        for tenant in 0..self.tenants.len() {
            self.check(tenant);
        }
    }

    pub fn pass_ten_minutes(&mut self) {
        self.pass(STEP);
    }

    /// Lets time pass, and rollouts move on by it.
    pub fn pass(&mut self, time: Duration) {
        self.clock.advance(time);
        self.host.tick();
        for tenant in &mut self.tenants {
            tenant.pass(time);
            tenant.tick();
        }
        for tenant in 0..self.tenants.len() {
            self.check(tenant);
        }
    }

    /// Somebody sets the wall clock, up to ten days wrong, or right again.
    pub fn jump_wall(&mut self) {
        let day_ms = 86_400_000;
        let passed_ms = self.step * STEP.as_millis() as u64;
        let ahead_ms = match self.random.once_in(2) {
            true => 10 * day_ms,
            false => self.random.below(20 * day_ms),
        };
        self.clock
            .jump_wall(NOW_MS + passed_ms + ahead_ms - 10 * day_ms);
    }

    /// Has everything compared that waits, and sees which guards tripped by it.
    pub fn compare(&mut self) {
        let compared = self.host.compare();
        let waiting: usize = self.tenants.iter().map(|it| it.waiting.len()).sum();
        assert_eq!(compared, waiting);
        for tenant in &mut self.tenants {
            if tenant.waiting.is_empty() {
                continue;
            }
            for pair in std::mem::take(&mut tenant.waiting).into_iter().flatten() {
                if let Some(rollout) = tenant.rollout(&pair.rollout.clone()) {
                    rollout.compare(pair);
                }
            }
            let statuses = self.host.rollouts(&tenant.name).unwrap();
            let mut aborted = Vec::new();
            for rollout in tenant.rollouts.iter().filter(|it| it.phase().is_some()) {
                let name = &rollout.name;
                let status = statuses.iter().find(|it| it.rollout.as_str() == *name);
                let status = status.unwrap();
                if status.stage != Stage::Aborted {
                    let must = rollout.tally.must;
                    assert_eq!(must, None, "the guard of {name} must trip: {status:?}");
                    continue;
                }
                let last = status.moves.last().unwrap();
                assert_eq!(last.by, "guard", "{status:?}");
                let why = last.why.clone().unwrap();
                let may = &rollout.tally.may;
                assert!(may.iter().any(|it| why.contains(it)), "{why}: {may:?}");
                self.tripped.push(format!("{} {name}: {why}", tenant.name));
                aborted.push(name.clone());
            }
            for name in aborted {
                assert!(tenant.make(&name, Move::Abort));
            }
        }
    }

    /// Whether the host's books say what the model says.
    pub fn check(&self, tenant: usize) {
        let tenant = &self.tenants[tenant];
        let name = &tenant.name;
        let statuses = self.host.rollouts(name).unwrap();
        for status in &statuses {
            let mut rollouts = tenant.rollouts.iter();
            let rollout = rollouts.find(|it| it.name == status.rollout.as_str());
            let rollout = rollout.expect("the model knows every rollout");
            assert_eq!(
                (status.stage, status.paused),
                (rollout.stage, rollout.paused),
                "{name} {}",
                rollout.name
            );
            if rollout.phase().is_none() {
                continue;
            }
            assert_eq!(status.time, rollout.time, "{name} {}", rollout.name);
            let counted = &status.phase;
            let class = |class| rollout.tally.pairs.get(&class).copied().unwrap_or(0);
            assert_eq!(
                [
                    counted.same + counted.reworded,
                    counted.tightened,
                    counted.loosened,
                    counted.faulted,
                    status.dropped
                ],
                [
                    class(Class::Same),
                    class(Class::Tightened),
                    class(Class::Loosened),
                    class(Class::Faulted),
                    rollout.dropped
                ],
                "{name} {}",
                rollout.name
            );
        }
        let listed = |it: &&crate::model::Rollout| {
            statuses
                .iter()
                .any(|status| status.rollout.as_str() == it.name)
        };
        let mut open = tenant.rollouts.iter().filter(|it| it.is_open());
        assert!(open.all(|it| listed(&it)), "{name} has lost a rollout");
        let bound = self.host.bound(name).unwrap();
        let bound = bound.iter().map(|it| Some(it.revision));
        let stable = tenant.view.stable.values().map(|it| it.revision.get());
        assert!(bound.eq(stable), "{name} is bound otherwise");
    }

    pub fn stage(&self, tenant: usize) -> Stage {
        self.tenants[tenant].rollouts[0].stage
    }

    fn status(&self, tenant: usize, rollout: usize) -> RolloutStatus {
        let tenant = &self.tenants[tenant];
        let name = tenant.rollouts[rollout].name.parse().unwrap();
        self.host.rollout(&tenant.name, &name).unwrap()
    }

    /// Why a tenant's first rollout was aborted.
    pub fn why_aborted(&self, tenant: usize) -> String {
        let status = self.status(tenant, 0);
        assert_eq!(status.stage, Stage::Aborted, "{status:?}");
        status.moves.last().unwrap().why.clone().unwrap()
    }

    pub fn say_what_happened(&self) {
        let Self {
            seed,
            step,
            drawn,
            tripped,
            ..
        } = self;
        let tripped = tripped.iter().take(8).cloned().collect::<Vec<_>>();
        harness::say(&format!(
            "the simulation: seed {seed}, {} steps, {drawn:?}\n{}",
            step + 1,
            tripped.join("\n")
        ));
    }
}
