//! Hosts, tenants and guests for the tests of the library.

use std::sync::Arc;
use std::time::Duration;

use harness::{NOW_MS, component};
use lictor::{
    AdmissionSettings, BindingSpec, BreakerSettings, Host, HostBuilder, HostSettings, Limits,
    ManualClock, RecallSettings, RolloutSettings, Settings, TenantName, TenantSettings,
};

/// The guests of this surface.
pub fn guest(name: &str) -> Vec<u8> {
    let body = match name {
        "effect" => include_str!("guests/effect.wat"),
        "compare" => include_str!("guests/compare.wat"),
        "busy" => include_str!("guests/busy.wat"),
        "sometimes" => include_str!("guests/sometimes.wat"),
        "limit" => include_str!("guests/limit.wat"),
        "operator" => include_str!("guests/operator.wat"),
        other => return harness::guest(other),
    };
    component(name, body)
}

/// So much time that a busy machine doesn't decide the outcome of a test.
pub fn patient() -> Limits {
    Limits {
        deadline_ms: 30_000,
        setup_deadline_ms: 60_000,
        ..Limits::default()
    }
}

/// A binding of a guest.
pub fn spec(policy: &str, version: &str, guest_name: &str, parameters: &str) -> BindingSpec {
    BindingSpec::new(harness::artifact(
        policy.parse().unwrap(),
        version.parse().unwrap(),
        guest(guest_name),
    ))
    .parameters(parameters)
    .limits(patient())
}

/// A binding that allows amounts up to a limit.
pub fn limit(version: &str, limit: i64) -> BindingSpec {
    limit_that(version, limit, -1, 0)
}

/// The same, which traps for one amount, and counts first.
pub fn limit_that(version: &str, limit: i64, trap: i64, spin: u32) -> BindingSpec {
    let parameters = format!(r#"{{"limit": {limit}, "trap": {trap}, "spin": {spin}}}"#);
    spec("limit", version, "limit", &parameters)
}

/// A binding that says an effect by its number.
pub fn says(policy: &str, version: &str, effect: u8) -> BindingSpec {
    spec(
        policy,
        version,
        "effect",
        &format!(r#"{{"effect": {effect}}}"#),
    )
}

pub const ABSTAIN: u8 = 0;
pub const ALLOW: u8 = 1;
pub const REVIEW: u8 = 2;
pub const DENY: u8 = 3;

pub fn tenant(name: &str) -> TenantName {
    name.parse().unwrap()
}

/// Few slots, so that many hosts fit into one test process.
pub fn settings() -> HostSettings {
    HostSettings {
        engine: Settings {
            slots: 8,
            ..harness::settings()
        },
        slot_wait: Duration::from_secs(30),
        workers: 2,
        queue: 64,
        recall: RecallSettings::default(),
        // Tests move rollouts on themselves.
        rollouts: RolloutSettings {
            tick: None,
            ..RolloutSettings::default()
        },
        breaker: BreakerSettings::default(),
        admission: AdmissionSettings::default(),
    }
}

/// A host builder whose clock stands still and whose decision ids are known.
pub fn builder() -> HostBuilder {
    Host::builder()
        .settings(settings())
        .clock(Arc::new(ManualClock::at(NOW_MS)))
        .keyring(harness::keyring())
        .seed([7; 32])
}

/// A host with one tenant, `bank`.
pub fn bank() -> (Host, TenantName) {
    bank_with(builder(), TenantSettings::default())
}

pub fn bank_with(builder: HostBuilder, settings: TenantSettings) -> (Host, TenantName) {
    let host = builder.build().unwrap();
    let bank = tenant("bank");
    host.add_tenant(&bank, settings).unwrap();
    (host, bank)
}
