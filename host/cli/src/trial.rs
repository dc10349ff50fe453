//! One policy in hosts of its own, for trying requests on it: the same path as in production, with one tenant, `local`.
//!
//! The hosts' clock shows the time that the person gave. The policy is compiled once for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lictor::{
    BindError, BindingSpec, BreakerSettings, Clock, Document, Documents, Engine, Fault, Fetched,
    Host, HostSettings, Keyring, Limits, Loaded, PolicyOutcome, RecallSettings, Request, Settings,
    SystemClock, TenantRecall, TenantSettings,
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::local::Local;
use crate::source::Source;

/// A policy that can be bound.
#[derive(Debug)]
pub struct Trial {
    engine: Engine,
    clock: Arc<GivenClock>,
    keyring: Keyring,
    artifact: Fetched,
    /// Keeps it compiled.
    _loaded: Loaded,
    limits: Limits,
    recall: RecallSettings,
}

/// A policy that is bound in a host of its own, until this is dropped.
#[derive(Debug)]
pub struct Bound {
    host: Host,
    clock: Arc<GivenClock>,
}

impl Trial {
    /// A policy, signed for this trial alone and compiled. So many evaluations may run at once, and so much is recalled.
    ///
    /// # Errors
    /// The component is refused, or the machine can't give what is needed.
    pub fn new(
        source: &Source,
        limits: Limits,
        at_once: u32,
        recall: RecallSettings,
    ) -> Result<Self, Failure> {
        let local = Local::new()?;
        let settings = Settings {
            slots: at_once,
            ..Settings::default()
        };
        let engine =
            Engine::new(&settings).map_err(|error| Failure::new(Exit::HostFault, error))?;
        let loaded = engine.load(&local.verified(source, &limits)?, &limits)?;
        Ok(Self {
            engine,
            clock: Arc::new(GivenClock::default()),
            keyring: local.keyring().clone(),
            artifact: local.sign(source, &limits)?,
            _loaded: loaded,
            limits,
            recall,
        })
    }

    /// Sets the time of requests, in milliseconds since 1970. Until then it is the system's.
    pub fn set_now(&self, unix_ms: u64) {
        self.clock.unix_ms.store(unix_ms, Ordering::SeqCst);
    }

    /// The limits of each evaluation.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Binds the policy to parameters and data, for the tenant `local` of a host of its own.
    ///
    /// # Errors
    /// The parameters or the data are refused, or the machine can't give what a host needs.
    pub fn bind(&self, parameters: &Document, data: &Documents) -> Result<Bound, BindError> {
        let host = self.host()?;
        let tenant = Local::tenant();
        let settings = TenantSettings {
            concurrency: u32::MAX,
            ..TenantSettings::default()
        };
        host.add_tenant(&tenant, settings)?;
        let documents: Vec<_> = data
            .names()
            .filter_map(|name| Some((name.clone(), data.get(name.as_str())?.to_json())))
            .collect();
        host.replace_data(
            &tenant,
            documents
                .iter()
                .map(|(name, json)| (name.clone(), json.as_bytes())),
        )?;
        let spec = BindingSpec::new(self.artifact.clone())
            .parameters(parameters.to_json())
            .limits(self.limits);
        host.bind(&tenant, spec)?;
        Ok(Bound {
            host,
            clock: Arc::clone(&self.clock),
        })
    }

    fn host(&self) -> Result<Host, BindError> {
        let settings = HostSettings {
            engine: self.engine.settings().clone(),
            workers: 1,
            recall: self.recall.clone(),
            // What is tried is run for each request, however often it faults.
            breaker: BreakerSettings::off(),
            ..HostSettings::default()
        };
        let host = Host::builder()
            .settings(settings)
            .engine(self.engine.clone())
            .keyring(self.keyring.clone())
            .clock(self.clock.clone())
            .build();
        Ok(host?)
    }
}

impl Bound {
    /// What came of a request.
    ///
    /// # Errors
    /// The host took the request not on.
    pub fn evaluate(&self, request: &Request) -> Result<PolicyOutcome, Fault> {
        let outcome = self.host.evaluate(&Local::tenant(), request)?;
        let policy = outcome.policies.into_iter().next();
        Ok(policy.expect("one policy is bound"))
    }
}

impl Bound {
    /// What the host recalled and remembers of the policy.
    pub fn recall(&self) -> TenantRecall {
        // The tenant was added when this was made.
        let recall = self.host.recall_of(&Local::tenant());
        recall.unwrap_or_default()
    }

    /// A time that never goes back.
    pub fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }
}

/// The time that was given, else the system's; durations are real.
#[derive(Debug)]
struct GivenClock {
    system: SystemClock,
    unix_ms: AtomicU64,
}

/// Stands for no time given; as a time it would be half a billion years ahead.
const NOT_GIVEN: u64 = u64::MAX;

impl Default for GivenClock {
    fn default() -> Self {
        Self {
            system: SystemClock::new(),
            unix_ms: AtomicU64::new(NOT_GIVEN),
        }
    }
}

impl Clock for GivenClock {
    fn unix_ms(&self) -> u64 {
        match self.unix_ms.load(Ordering::SeqCst) {
            NOT_GIVEN => self.system.unix_ms(),
            unix_ms => unix_ms,
        }
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }
}
