//! One policy in a host of its own, for trying requests on it: the same path as in production, with one tenant at a time.
//!
//! The host's clock shows the time that the person gave. Whatever is bound stays compiled as long as anything of the same
//! trial is bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lictor::{
    BindError, BindingSpec, Clock, Document, Documents, Fault, Host, HostSettings, Limits,
    PolicyOutcome, RecallSettings, Request, Settings, SystemClock, TenantName, TenantSettings,
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;

/// A policy that can be bound.
#[derive(Debug)]
pub struct Trial {
    host: Host,
    clock: Arc<GivenClock>,
    source: Source,
    limits: Limits,
    tenants: AtomicU64,
}

/// A policy that is bound, until this is dropped.
#[derive(Debug)]
pub struct Bound<'a> {
    trial: &'a Trial,
    tenant: TenantName,
}

impl Trial {
    /// A host for one policy, in which so many evaluations may run at once.
    ///
    /// # Errors
    /// The machine can't give what the host needs.
    pub fn new(source: Source, limits: Limits, at_once: u32) -> Result<Self, Failure> {
        let clock = Arc::new(GivenClock::default());
        let settings = HostSettings {
            engine: Settings {
                slots: at_once,
                ..Settings::default()
            },
            workers: 1,
            recall: RecallSettings::off(),
            ..HostSettings::default()
        };
        let host = Host::builder()
            .settings(settings)
            .clock(clock.clone())
            .build()
            .map_err(|error| Failure::new(Exit::HostFault, error))?;
        Ok(Self {
            host,
            clock,
            source,
            limits,
            tenants: AtomicU64::new(0),
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

    /// Binds the policy to parameters and data, for a tenant of its own.
    ///
    /// # Errors
    /// The component, the parameters or the data are refused.
    pub fn bind(&self, parameters: &Document, data: &Documents) -> Result<Bound<'_>, BindError> {
        let number = self.tenants.fetch_add(1, Ordering::Relaxed);
        let tenant: TenantName = format!("trial-{number}").parse().expect("it is a name");
        let settings = TenantSettings {
            concurrency: u32::MAX,
            ..TenantSettings::default()
        };
        self.host.add_tenant(&tenant, settings)?;
        let documents: Vec<_> = data
            .names()
            .filter_map(|name| Some((name.clone(), data.get(name.as_str())?.to_json())))
            .collect();
        self.host.replace_data(
            &tenant,
            documents
                .iter()
                .map(|(name, json)| (name.clone(), json.as_bytes())),
        )?;
        let Source {
            policy,
            version,
            component,
        } = &self.source;
        let spec = BindingSpec::new(policy.clone(), version.clone(), component.clone())
            .parameters(parameters.to_json())
            .limits(self.limits);
        self.host.bind(&tenant, spec)?;
        Ok(Bound {
            trial: self,
            tenant,
        })
    }
}

impl Bound<'_> {
    /// What came of a request.
    ///
    /// # Errors
    /// The host took the request not on.
    pub fn evaluate(&self, request: &Request) -> Result<PolicyOutcome, Fault> {
        let outcome = self.trial.host.evaluate(&self.tenant, request)?;
        let policy = outcome.policies.into_iter().next();
        Ok(policy.expect("one policy is bound"))
    }
}

impl Drop for Bound<'_> {
    fn drop(&mut self) {
        // It was added when this was made, and nobody else knows its name.
        drop(self.trial.host.remove_tenant(&self.tenant));
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
