//! How a host is set up.

use std::sync::Arc;
use std::time::Duration;

use lictor_artifact::{Keyring, UnixMs};
use lictor_engine::{CacheSettings, Compiler, Engine, Settings};
use lictor_state::{Now, Store, Trust, TrustError};

use crate::admit::AdmissionSettings;
use crate::breaker::BreakerSettings;
use crate::clock::{Clock, SystemClock};
use crate::error::BuildError;
use crate::host::{Host, State};
use crate::recall::RecallSettings;
use crate::record::Sink;

/// What an operator may set about a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// The engine: how many evaluations may be in flight, and how instances start.
    pub engine: Settings,
    /// How long a caller waits for an evaluation slot before the host says that it is overloaded. Default 10 ms; calls of low
    /// priority wait half as long, those of high twice and critical ones four times.
    pub slot_wait: Duration,
    /// Threads that evaluate for asynchronous callers. Default: one more than there are processors, since a tenant leaves one to
    /// others.
    pub workers: usize,
    /// Evaluations that may wait for one of those threads. Default 1,024.
    pub queue: usize,
    /// Decisions that are answered from memory.
    pub recall: RecallSettings,
    /// Changes that take over step by step.
    pub rollouts: RolloutSettings,
    /// When a policy that faults is no longer run for a while.
    pub breaker: BreakerSettings,
    /// Which calls are taken on, and who goes first.
    pub admission: AdmissionSettings,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            engine: Settings::default(),
            slot_wait: Duration::from_millis(10),
            workers: std::thread::available_parallelism().map_or(1, usize::from) + 1,
            queue: 1024,
            recall: RecallSettings::default(),
            rollouts: RolloutSettings::default(),
            breaker: BreakerSettings::default(),
            admission: AdmissionSettings::default(),
        }
    }
}

/// How rollouts are compared and moved on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutSettings {
    /// Threads for comparing, each with an evaluation slot beside those of the engine. Default 1; with 0 what waits is compared
    /// where the embedder calls [`Host::compare`].
    pub threads: u32,
    /// Requests that may wait to be compared, over all tenants; one tenant may have a quarter of them. Default 1,024.
    pub waiting: usize,
    /// How often rollouts are moved on. Default every second; nothing where the embedder calls [`Host::tick`].
    pub tick: Option<Duration>,
}

impl RolloutSettings {
    /// Evaluation slots for comparing: one is there for [`Host::compare`] too.
    pub(crate) fn slots(&self) -> u32 {
        self.threads.max(1)
    }
}

impl Default for RolloutSettings {
    fn default() -> Self {
        Self {
            threads: 1,
            waiting: 1024,
            tick: Some(Duration::from_secs(1)),
        }
    }
}

/// Sets up a [`Host`].
#[derive(Default)]
#[must_use]
pub struct HostBuilder {
    settings: HostSettings,
    engine: Option<Engine>,
    clock: Option<Arc<dyn Clock>>,
    sink: Sink,
    seed: Option<[u8; 32]>,
    trusted: Trusted,
}

/// Where it stands whom the host trusts.
#[derive(Default)]
enum Trusted {
    /// Nowhere: no policy can be bound.
    #[default]
    Nobody,
    /// In a keyring that is forgotten with the host.
    Keyring(Box<Keyring>),
    /// In a store that survives the host.
    Store(Box<Store>),
}

impl HostBuilder {
    /// The settings, the compiler and the cache among them. Default [`HostSettings::default`].
    pub fn settings(mut self, settings: HostSettings) -> Self {
        self.settings = settings;
        self
    }

    /// An engine that this host shares with others of the process, in the place of one of its own: its slots are then for all of
    /// them together. Whoever shares one sees to it that no host asks for more slots than are left.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// What compiles components. Default this program, where its `main` calls
    /// [`compile_worker_if_asked`](crate::compile_worker_if_asked), else nothing: then only what is in the cache loads.
    pub fn compiler(mut self, compiler: Compiler) -> Self {
        self.settings.engine.compiler = Some(compiler);
        self
    }

    /// Where native code is kept. Default nowhere.
    pub fn cache(mut self, cache: CacheSettings) -> Self {
        self.settings.engine.cache = Some(cache);
        self
    }

    /// The clock. Default [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where records go. Default nowhere.
    pub fn sink(mut self, sink: Sink) -> Self {
        self.sink = sink;
        self
    }

    /// What decision ids are drawn from. Default random; one that is used again gives the same ids again, so set it in tests
    /// only.
    pub fn seed(mut self, seed: [u8; 32]) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Whom the host trusts to sign policies, for as long as it runs. Default nobody, so that no policy can be bound.
    pub fn keyring(mut self, keyring: Keyring) -> Self {
        self.trusted = Trusted::Keyring(Box::new(keyring));
        self
    }

    /// The state folder's store: the keyring in it says whom the host trusts, the highest version of each policy is kept in it, and
    /// so is every change of tenants, bindings and documents, so that the host is set up again as it was. What can't be
    /// restored is told by [`Host::troubles`] and makes no request's answer milder. In the place of [`HostBuilder::keyring`].
    pub fn state(mut self, store: Store) -> Self {
        self.trusted = Trusted::Store(Box::new(store));
        self
    }

    /// Sets up the host: reserves the engine's slots, starts its threads, and restores what the store keeps, on all processors.
    ///
    /// # Errors
    /// A setting is out of range, the machine can't give what is asked for, or the store can't be read.
    pub fn build(self) -> Result<Host, BuildError> {
        let settings = self.settings;
        at_least_one("slots", settings.engine.slots.into())?;
        at_least_one("workers", settings.workers as u64)?;
        at_least_one("queue", settings.queue as u64)?;
        let engine = match self.engine {
            Some(engine) => engine,
            None => Engine::new(&with_slots_aside(&settings))?,
        };
        let seed = self.seed.map_or_else(random, Ok)?;
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let now = Now {
            wall: UnixMs(clock.unix_ms()),
            monotonic: clock.monotonic(),
        };
        let trust = match self.trusted {
            Trusted::Nobody => Trust::nobody(now),
            Trusted::Keyring(keyring) => Trust::in_memory(*keyring, now),
            Trusted::Store(store) => Trust::open(*store, now)?,
        };
        let state = State::start(engine, &settings, clock, self.sink, &seed, trust)?;
        let host = Host::new(state);
        host.restore().map_err(TrustError::from)?;
        if let Some(every) = settings.rollouts.tick {
            host.tick_every(every)?;
        }
        Ok(host)
    }
}

/// The engine's settings with slots for comparing.
fn with_slots_aside(settings: &HostSettings) -> Settings {
    let mut engine = settings.engine.clone();
    engine.slots = engine.slots.saturating_add(settings.rollouts.slots());
    engine
}

fn at_least_one(setting: &'static str, value: u64) -> Result<(), BuildError> {
    if value == 0 {
        Err(BuildError::Setting { setting, value })
    } else {
        Ok(())
    }
}

fn random() -> Result<[u8; 32], BuildError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| BuildError::Random {
        detail: error.to_string(),
    })?;
    Ok(seed)
}
