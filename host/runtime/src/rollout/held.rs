//! Rollouts as the host keeps them: all that is needed to move one on, and to take it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use lictor_policy::{PolicyName, RolloutName, TenantName};
use lictor_state::{Candidate, Change};

use super::ledger::Ledger;
use super::plan::{Phase, Plan};
use super::progress::{Progress, Stage};
use super::running::{Replacement, Running};
use super::split::Circle;
use super::status::Replaced;
use crate::binding::{Binding, BindingSpec};

/// The most rollouts of a tenant that are over and are still shown; the oldest go.
const OVER_MAX: usize = 16;

/// A rollout that is planned, runs or is over.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) name: RolloutName,
    pub(crate) plan: Plan,
    pub(crate) progress: Progress,
    pub(crate) replaces: Vec<Replaced>,
    /// What changes places, for as long as it can: what stands here is kept warm.
    pub(crate) swap: Option<Swap>,
    pub(crate) circle: Arc<Circle>,
    pub(crate) ledger: Arc<Ledger>,
    /// As requests meet it, while it is in a phase.
    pub(crate) running: Option<Arc<Running>>,
    /// A move towards stable that has taken effect and isn't written down yet, with what it names.
    pub(crate) unwritten: Option<(Change, Option<Swap>)>,
    /// Counts the rollouts of a host, so that the oldest can be told.
    pub(crate) number: u64,
}

/// What changes places.
#[derive(Clone, Debug)]
pub(crate) struct Swap {
    pub(crate) old: Arc<Replacement>,
    pub(crate) new: Arc<Replacement>,
}

/// A binding with what it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) candidate: Candidate,
    pub(crate) binding: Arc<Binding>,
    pub(crate) spec: BindingSpec,
}

impl Held {
    pub(crate) fn new(
        tenant: &TenantName,
        name: RolloutName,
        plan: Plan,
        swap: Swap,
        ledger: Ledger,
    ) -> Self {
        let circle = Circle::new(tenant.as_str(), name.as_str(), plan.sticky().clone());
        Self {
            replaces: Replaced::all(&swap.old, &swap.new),
            name,
            plan,
            progress: Progress::new(),
            swap: Some(swap),
            circle: Arc::new(circle),
            ledger: Arc::new(ledger),
            running: None,
            unwritten: None,
            number: 0,
        }
    }

    /// The phase that it is in.
    pub(crate) fn phase(&self) -> Option<&Phase> {
        self.plan.phases().get(self.progress.phase()?)
    }

    /// Takes on what its progress says: begins a phase that it wasn't in, and lets go of what can't come back.
    pub(crate) fn follow(&mut self) {
        match self.progress.stage() {
            Stage::Phase(phase) => self.enter(phase),
            Stage::Planned | Stage::Promoted => self.running = None,
            Stage::Aborted | Stage::RolledBack => self.let_go(),
        }
    }

    fn enter(&mut self, phase: usize) {
        let Some(swap) = &self.swap else {
            return;
        };
        if self.running.as_ref().is_some_and(|it| it.phase == phase) {
            return;
        }
        if let Some(phase) = self.phase() {
            self.ledger.begin(self.progress.phase(), &phase.guards);
        }
        let (new, circle, ledger) = (&swap.new, &self.circle, &self.ledger);
        let running = Running::new(&self.name, &self.plan, phase, new, circle, ledger);
        self.running = Some(Arc::new(running));
    }

    /// Keeps nothing warm any more.
    pub(crate) fn let_go(&mut self) {
        self.running = None;
        self.swap = None;
    }

    /// How many requests both versions have decided in this phase.
    pub(crate) fn pairs(&self) -> u64 {
        self.ledger.read(|tally| tally.phase().pairs())
    }

    /// Whether the phase asks that a person lets it go on.
    pub(crate) fn waits(&self) -> bool {
        self.phase().is_some_and(|phase| phase.wait)
    }

    /// Whether time and sample let it go on.
    pub(crate) fn is_complete(&self, uptime_ms: u64) -> bool {
        let progress = &self.progress;
        progress.is_complete(&self.plan, uptime_ms, || self.pairs())
    }
}

/// All of a host.
#[derive(Debug, Default)]
pub(crate) struct Rolls {
    of: BTreeMap<TenantName, BTreeMap<RolloutName, Held>>,
    count: u64,
}

impl Rolls {
    /// Takes in a rollout as it was kept.
    pub(crate) fn restore(&mut self, tenant: &TenantName, held: Held) {
        self.count = self.count.max(held.number.saturating_add(1));
        let rollouts = self.of.entry(tenant.clone()).or_default();
        rollouts.insert(held.name.clone(), held);
    }

    /// Takes in a rollout that begins. Gives back the one that is forgotten for it.
    pub(crate) fn insert(&mut self, tenant: &TenantName, mut held: Held) -> Option<Held> {
        held.number = self.count;
        self.count += 1;
        let rollouts = self.of.entry(tenant.clone()).or_default();
        rollouts.insert(held.name.clone(), held);
        forget_oldest(rollouts)
    }

    pub(crate) fn remove(&mut self, tenant: &TenantName, rollout: &RolloutName) {
        if let Some(rollouts) = self.of.get_mut(tenant) {
            rollouts.remove(rollout);
        }
    }

    pub(crate) fn remove_tenant(&mut self, tenant: &TenantName) {
        for held in self.of.remove(tenant).into_iter().flatten() {
            held.1.ledger.stop();
        }
    }

    pub(crate) fn get(&self, tenant: &TenantName, rollout: &RolloutName) -> Option<&Held> {
        self.of.get(tenant)?.get(rollout)
    }

    pub(crate) fn get_mut(
        &mut self,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Option<&mut Held> {
        self.of.get_mut(tenant)?.get_mut(rollout)
    }

    /// The rollouts of a tenant, by name.
    pub(crate) fn of(&self, tenant: &TenantName) -> impl Iterator<Item = &Held> {
        self.of.get(tenant).into_iter().flat_map(BTreeMap::values)
    }

    /// Every rollout.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Held> {
        self.of.values_mut().flat_map(BTreeMap::values_mut)
    }

    pub(crate) fn of_mut(&mut self, tenant: &TenantName) -> impl Iterator<Item = &mut Held> {
        let of = self.of.get_mut(tenant);
        of.into_iter().flat_map(BTreeMap::values_mut)
    }

    /// Every rollout with its tenant.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&TenantName, &Held)> {
        let of = self.of.iter();
        of.flat_map(|(tenant, rollouts)| rollouts.values().map(move |held| (tenant, held)))
    }

    /// The rollout that is replacing a policy of a tenant.
    pub(crate) fn replacing(&self, tenant: &TenantName, policy: &PolicyName) -> Option<&Held> {
        self.open(tenant).find(|held| {
            let swap = held.swap.as_ref();
            swap.is_some_and(|swap| swap.new.replaces(policy))
        })
    }

    /// The rollout that is replacing a document of a tenant.
    pub(crate) fn replacing_document(&self, tenant: &TenantName, document: &str) -> Option<&Held> {
        self.open(tenant).find(|held| {
            let swap = held.swap.as_ref();
            swap.is_some_and(|swap| swap.new.replaces_document(document))
        })
    }

    /// The rollouts of a tenant that aren't over.
    pub(crate) fn open(&self, tenant: &TenantName) -> impl Iterator<Item = &Held> {
        self.of(tenant).filter(|held| !held.progress.is_over())
    }
}

fn forget_oldest(rollouts: &mut BTreeMap<RolloutName, Held>) -> Option<Held> {
    let over = || rollouts.values().filter(|held| held.progress.is_over());
    if over().count() <= OVER_MAX {
        return None;
    }
    let oldest = over().min_by_key(|held| held.number);
    let oldest = oldest.map(|held| held.name.clone());
    oldest.and_then(|name| rollouts.remove(&name))
}
