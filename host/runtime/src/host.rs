//! The host: its tenants, and the changes that an operator makes to them.
//!
//! A change prepares what is dear first, is written to the state folder where there is one, then swaps a snapshot. Requests
//! that have begun go on with the one that they took. The journal has the changes in the order in which they took effect,
//! since both is done under one lock.

mod actor;
mod data;
mod look;
mod policies;
mod preview;
mod restore;
mod rollouts;
mod suspensions;
mod tenants;
mod tokens;
mod troubles;
mod trust;
mod uptime;

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use foldhash::quality::FixedState;
use lictor_engine::Engine;
use lictor_policy::{PolicyName, TenantName};
use lictor_state::{Change, Files, KeptUptime, StateError, Trust};

use crate::admit::{Counts, Limits, Slots, Workers};
use crate::binding::{Binding, BoundPolicy};
use crate::breaker::{BreakerReport, Rules};
use crate::builder::{HostBuilder, HostSettings};
use crate::clock::Clock;
use crate::decision_id::DecisionIds;
use crate::error::HostError;
use crate::notice;
use crate::recall::{Recall, RecallCounts, RecallReport, TenantRecall};
use crate::record::{RecordError, RecordPage, Sink};
use crate::retire::Retirement;
use crate::rollout::{Comparisons, Rolls};
use crate::suspend::Suspensions;
use crate::tenant::{Tenant, Tenants};
use crate::view::{Base, View};

use actor::Actor;
pub use data::DataReport;
pub use preview::Preview;
use suspensions::Register;
pub use suspensions::{AGENT_BYTES_MAX, SUSPENSIONS_MAX, Suspension};
use tokens::Tokens;
pub use tokens::{IssuedToken, TOKEN_VALID_MAX, TOKENS_MAX, TokenGrant};
pub use troubles::{Trouble, Troubled};
pub use trust::Stopped;
use uptime::Uptime;

/// Decides requests for many tenants. Clones are handles to the same host.
#[derive(Clone)]
pub struct Host {
    pub(crate) state: Arc<State>,
    /// In whose name this handle makes changes.
    actor: Arc<Actor>,
}

pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: DecisionIds,
    pub(crate) slots: Arc<Slots>,
    pub(crate) workers: Workers,
    /// The host's own rate.
    pub(crate) limits: Limits,
    /// What was admitted and refused.
    pub(crate) counts: Counts,
    /// What takes longer is slow.
    pub(crate) slow: Duration,
    pub(crate) sink: Sink,
    pub(crate) recall: Recall,
    pub(crate) breaker: Rules,
    pub(crate) tenants: ArcSwap<Tenants>,
    pub(crate) suspensions: Arc<Suspensions>,
    /// Who else may speak to the host.
    tokens: ArcSwap<Tokens>,
    /// Slots for what nobody waits for.
    pub(crate) slots_aside: Arc<Slots>,
    pub(crate) comparisons: Comparisons,
    uptime: Uptime,
    /// Tells the ticker that the host is gone.
    ticking: OnceLock<Sender<()>>,
    /// What is kept over a restart and large; nothing where there is no state folder.
    files: Option<Files>,
    retirement: Retirement,
    control: Mutex<Control>,
}

/// What only one change at a time may touch.
pub(crate) struct Control {
    trust: Trust,
    /// Everything that was bound and may still decide.
    bound: Vec<Weak<Binding>>,
    base: Base,
    rolls: Rolls,
    suspensions: Register,
    /// The uptime when the counts of rollouts were written last.
    counts_kept_ms: u64,
    /// Tenants whose settings could not be restored, and why: they have the default ones, which deny.
    unsettled: BTreeMap<TenantName, String>,
}

impl State {
    pub(crate) fn start(
        engine: Engine,
        settings: &HostSettings,
        clock: Arc<dyn Clock>,
        sink: Sink,
        seed: &[u8; 32],
        trust: Trust,
    ) -> io::Result<Self> {
        let aside = &settings.rollouts;
        let before = trust
            .store()
            .map(|it| it.get::<KeptUptime>(KeptUptime::KEY));
        // One that can't be understood costs rollouts some time in their phases, and nobody a decision.
        let before = before.and_then(Result::ok).flatten();
        let before_ms = before.map_or(0, |it| it.uptime_ms);
        Ok(Self {
            slots_aside: Arc::new(Slots::new(aside.slots(), settings.slot_wait)),
            comparisons: Comparisons::start(aside.threads, aside.waiting)?,
            uptime: Uptime::new(before_ms, clock.monotonic()),
            ticking: OnceLock::new(),
            engine,
            ids: DecisionIds::new(seed),
            slots: Arc::new(Slots::new(settings.engine.slots, settings.slot_wait)),
            workers: Workers::start(
                settings.workers,
                settings.queue,
                &settings.admission,
                &clock,
            )?,
            limits: Limits::new(settings.admission.rate, seed),
            counts: Counts::default(),
            slow: settings.admission.slow,
            clock,
            sink,
            recall: Recall::start(&settings.recall, seed)?,
            breaker: Rules::new(&settings.breaker, seed),
            tenants: ArcSwap::from_pointee(Tenants::with_hasher(places(seed))),
            suspensions: Arc::default(),
            tokens: ArcSwap::default(),
            files: trust.store().map(|store| store.files().clone()),
            retirement: Retirement::start()?,
            control: Mutex::new(Control {
                trust,
                bound: Vec::new(),
                base: Base::default(),
                rolls: Rolls::default(),
                suspensions: Register::default(),
                counts_kept_ms: 0,
                unsettled: BTreeMap::new(),
            }),
        })
    }
}

/// What spreads the tenants over their table.
fn places(seed: &[u8; 32]) -> FixedState {
    let seed = blake3::keyed_hash(seed, b"places of tenants");
    let seed = seed.as_bytes().first_chunk().copied().unwrap_or_default();
    FixedState::with_seed(u64::from_le_bytes(seed))
}

impl Host {
    pub(crate) fn new(state: State) -> Self {
        Self::of(Arc::new(state))
    }

    /// A handle that acts for the host itself.
    pub(crate) fn of(state: Arc<State>) -> Self {
        Self {
            state,
            actor: Arc::default(),
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("tenants", &self.state.tenants.load().len())
            .finish_non_exhaustive()
    }
}

// What an operator sees.
impl Host {
    /// Begins to set up a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The tenants, sorted.
    pub fn tenants(&self) -> Vec<TenantName> {
        let mut names: Vec<TenantName> = self.state.tenants.load().keys().cloned().collect();
        names.sort();
        names
    }

    /// The engine: for other hosts of this process to share, and for what its cache has done.
    pub fn engine(&self) -> &Engine {
        &self.state.engine
    }

    /// What a tenant has bound, by policy name.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn bound(&self, tenant: &TenantName) -> Result<Vec<BoundPolicy>, HostError> {
        let view = self.tenant(tenant)?.view.load_full();
        Ok(view
            .bindings
            .stable()
            .map(|binding| BoundPolicy::clone(&binding.described))
            .collect())
    }

    /// What the host recalled and remembers, over all tenants.
    pub fn recall_report(&self) -> RecallReport {
        let tenants = self.state.tenants.load();
        let memories = tenants.values().filter_map(|tenant| tenant.memory.as_ref());
        let counts = memories.map(|memory| memory.counted());
        RecallReport {
            counts: counts.fold(Default::default(), RecallCounts::and),
            ..self.state.recall.report()
        }
    }

    /// What the host recalled and remembers of one tenant, with the questions whose answers differ most.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn recall_of(&self, tenant: &TenantName) -> Result<TenantRecall, HostError> {
        let tenant = self.tenant(tenant)?;
        Ok(tenant
            .memory
            .as_ref()
            .map(|memory| memory.described())
            .unwrap_or_default())
    }

    /// Makes every write to the store fail, or lets them succeed again, for tests. Release builds can't do it.
    #[cfg(debug_assertions)]
    #[doc(hidden)]
    pub fn fail_writes(&self, fails: bool) {
        if let Some(store) = self.control().trust.store() {
            store.fail_writes(fails);
        }
    }

    /// Makes what a tenant remembers wrong, for tests that see whether that is found out. Release builds can't do it.
    ///
    /// # Errors
    /// The tenant is unknown.
    #[cfg(debug_assertions)]
    #[doc(hidden)]
    pub fn falsify_memory(&self, tenant: &TenantName) -> Result<(), HostError> {
        if let Some(memory) = &self.tenant(tenant)?.memory {
            memory.falsify();
        }
        Ok(())
    }

    /// The circuit breakers of a tenant: of each binding of it or of the base layer that faulted for it lately, or that wasn't run
    /// for a while since the tenant was taken in, the base layer's first, each layer by name and version.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn breakers(&self, tenant: &TenantName) -> Result<Vec<BreakerReport>, HostError> {
        let tenant = self.tenant(tenant)?;
        let state = &self.state;
        Ok(tenant.breakers.report(&state.breaker, &*state.clock))
    }

    /// Has a policy run again at once where a circuit breaker keeps a tenant's requests from it, for all subjects or for some, and
    /// forgets the faults that were counted. It is of the tenant's own layer or of the base layer, in whichever version. Returns how
    /// many breakers that were.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn close_breakers(
        &self,
        tenant: &TenantName,
        policy: &PolicyName,
    ) -> Result<usize, HostError> {
        let tenant = self.tenant(tenant)?;
        let closed = tenant.breakers.close(policy, &*self.state.clock);
        for bound in &closed {
            notice::circuit_closed(&tenant.name, bound);
        }
        Ok(closed.len())
    }

    /// Records of earlier decisions, in the order in which they were written: those after this place in their file, as many as fit
    /// a page. They are read from where the host's [`Sink`](crate::Sink) writes them.
    ///
    /// # Errors
    /// The host writes none to a file, none begins there, or the file can't be read.
    pub fn records(&self, after: u64) -> Result<RecordPage, RecordError> {
        self.state.sink.page(after)
    }

    /// How many records were lost because the sink was full.
    pub fn records_lost(&self) -> u64 {
        self.state.sink.lost()
    }
}

// How changes are made.
impl Host {
    fn control(&self) -> MutexGuard<'_, Control> {
        // Every change is one assignment, so what a panicking thread left behind is whole.
        self.state
            .control
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tenant(&self, name: &TenantName) -> Result<Arc<Tenant>, HostError> {
        let found = self.state.tenants.load().get(name).cloned();
        found.ok_or_else(|| HostError::UnknownTenant {
            tenant: name.clone(),
        })
    }

    /// Has these be the tenants.
    fn show_tenants(&self, all: Tenants) {
        let is_shared = all.len() > 1;
        let state = &self.state;
        state.tenants.store(Arc::new(all));
        state.slots.share(is_shared);
        state.workers.queue().share(is_shared);
    }

    /// Begins a change in this handle's name.
    fn begin(&self, control: &mut Control, what: impl Into<String>) -> Change {
        Self::write_what_waits(control);
        let at = control.trust.time(self.now());
        self.actor.change(at, what)
    }

    /// Writes a change down. Nothing may take effect before, and nothing may fail afterwards.
    fn journal(control: &mut Control, change: Change) -> Result<(), StateError> {
        control.trust.commit(change)
    }

    /// Swaps a tenant's view for one that was made from it, after the change was written down. Who has `Control` has its
    /// lock, so nobody else does so at the same time.
    fn change(
        &self,
        control: &mut Control,
        tenant: &TenantName,
        written: Change,
        change: impl FnOnce(&View) -> Result<View, HostError>,
    ) -> Result<(), HostError> {
        let (tenant, view) = self.changed(control, tenant, change)?;
        Self::journal(control, written)?;
        self.show(&tenant, view);
        Ok(())
    }

    /// What a change makes of a tenant's view.
    fn changed(
        &self,
        control: &Control,
        tenant: &TenantName,
        change: impl FnOnce(&View) -> Result<View, HostError>,
    ) -> Result<(Arc<Tenant>, View), HostError> {
        let tenant = self.tenant(tenant)?;
        let view = change(&tenant.view.load())?.with_base(&control.base);
        Ok((tenant, view))
    }

    /// Gives every tenant the base layer as it now is.
    fn spread_base(&self, control: &Control) {
        for tenant in self.state.tenants.load().values() {
            let view = tenant.view.load().with_base(&control.base);
            self.show(tenant, view);
        }
    }

    /// Gives a tenant's next requests this view. What the one before it held is freed when its last request is done.
    fn show(&self, tenant: &Tenant, view: View) {
        let old = tenant.view.swap(Arc::new(view));
        self.state.retirement.retire(old);
    }
}
