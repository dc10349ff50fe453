//! Hosts that recall, and bindings of the guest that does what a table says.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use harness::NOW_MS;
use lictor::{
    BindingSpec, BreakerSettings, Host, HostSettings, ManualClock, RecallSettings, Request,
    Settings, TenantName, TenantSettings,
};
use serde_json::Value;

static RULE_TABLE: LazyLock<BindingSpec> = LazyLock::new(|| harness::policy("tests/rule-table"));

/// A binding that does what the rules say, with this code as its decisions' reason.
pub fn table(code: &str, rules: &Value) -> BindingSpec {
    let parameters = serde_json::json!({"code": code, "rules": rules});
    RULE_TABLE.clone().parameters(parameters.to_string())
}

/// A policy that decides by the text or number at a pointer of the request, and says it.
pub fn echo(at: &str) -> Value {
    serde_json::json!([{"get": at, "of": "request", "else": 1}, {"decide": "allow"}])
}

pub fn tenant(name: &str) -> TenantName {
    name.parse().unwrap()
}

pub fn settings(recall: RecallSettings) -> HostSettings {
    HostSettings {
        engine: Settings {
            slots: 8,
            ..harness::settings()
        },
        slot_wait: Duration::from_secs(30),
        workers: 2,
        queue: 64,
        recall,
        // Hosts that recall and hosts that don't are compared; they run a policy that faults, and count its faults, unequally often.
        breaker: BreakerSettings::off(),
        ..HostSettings::default()
    }
}

/// A host whose clock is moved by hand, and the clock.
pub fn host(recall: RecallSettings) -> (Host, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let host = Host::builder()
        .settings(settings(recall))
        .clock(Arc::clone(&clock) as Arc<_>)
        .keyring(harness::keyring())
        .seed([7; 32])
        .build()
        .unwrap();
    (host, clock)
}

/// A host with one tenant, `bank`.
pub fn bank() -> (Host, Arc<ManualClock>, TenantName) {
    let (host, clock) = host(RecallSettings::default());
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    (host, clock, bank)
}

/// A request with these members of its context.
pub fn request(agent: &str, context: &Value) -> Request {
    let json = serde_json::json!({
        "subject": {"type": "agent", "id": agent},
        "action": {"name": "act"},
        "resource": {"type": "thing", "id": "t"},
        "context": context,
    });
    Request::from_json(json.to_string().as_bytes()).unwrap()
}
