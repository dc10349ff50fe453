//! Hosts whose rollouts move on the calling thread, and what is bound on them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use harness::component;
use lictor::{
    BindingSpec, BreakerSettings, Host, HostBuilder, HostSettings, ManualClock, Request,
    RolloutSettings, Settings, Version,
};

/// The guests that are rolled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guest {
    /// Allows up to its parameter `/limit`, traps for `/trap`, and counts to `/spin` first.
    Limit,
    /// Allows up to what two documents say, and traps where they differ.
    Shared,
}

impl Guest {
    fn component(self) -> Vec<u8> {
        match self {
            Self::Limit => component("limit", include_str!("../runtime/guests/limit.wat")),
            Self::Shared => component("shared", include_str!("guests/shared.wat")),
        }
    }
}

/// A binding of this version of a policy. Signed once, for all tenants.
pub fn spec(policy: &str, version: &Version, guest: Guest, parameters: &str) -> BindingSpec {
    type Signed = HashMap<(String, String, Guest), BindingSpec>;
    thread_local! {
        static SIGNED: RefCell<Signed> = RefCell::default();
    }
    let key = (policy.to_owned(), version.to_string(), guest);
    SIGNED.with_borrow_mut(|signed| {
        let sign = || {
            let policy = policy.parse().unwrap();
            let artifact = harness::artifact(policy, version.clone(), guest.component());
            BindingSpec::new(artifact).limits(harness::patient())
        };
        let signed = signed.entry(key).or_insert_with(sign);
        signed.clone().parameters(parameters)
    })
}

/// A binding that allows amounts up to a limit.
pub fn limit(policy: &str, version: &Version, limit: i64) -> BindingSpec {
    let parameters = format!(r#"{{"limit": {limit}, "trap": -1, "spin": 0}}"#);
    spec(policy, version, Guest::Limit, &parameters)
}

/// A host that does nothing by itself, with this clock and this seed.
pub fn builder(clock: &Arc<ManualClock>, seed: u64) -> HostBuilder {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Host::builder()
        .settings(settings(RolloutSettings {
            threads: 0,
            tick: None,
            ..RolloutSettings::default()
        }))
        .clock(clock.clone())
        .keyring(harness::keyring())
        .seed(bytes)
}

pub fn settings(rollouts: RolloutSettings) -> HostSettings {
    HostSettings {
        engine: Settings {
            slots: 8,
            ..harness::settings()
        },
        slot_wait: Duration::from_secs(30),
        workers: 1,
        queue: 64,
        rollouts,
        // It is simulated by itself; here every fault is one that a candidate is judged by.
        breaker: BreakerSettings::off(),
        ..HostSettings::default()
    }
}

pub fn pay(agent: &str, amount: i64) -> Request {
    let request = Request::builder().subject("agent", agent).action("pay");
    let request = request.resource("order", "4711");
    request.context("amount", amount).build().unwrap()
}
