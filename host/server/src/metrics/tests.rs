use lictor::TenantSettings;

use super::*;

fn host() -> Host {
    let host = Host::builder().build().unwrap();
    let bank = "bank".parse().unwrap();
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host
}

fn decided(host: &Host, metrics: &Metrics, tenant: &str) {
    let tenant: TenantName = tenant.parse().unwrap();
    let request = lictor::Request::builder()
        .subject("agent", "agent-7")
        .action("purchase")
        .resource("order", "4711")
        .build()
        .unwrap();
    match host.evaluate(&tenant, &request) {
        Ok(outcome) => metrics.decided(&tenant, &outcome, Duration::from_micros(3)),
        Err(fault) => metrics.refused(&tenant, &fault),
    }
}

#[test]
fn decisions_and_refusals_are_counted_and_no_name_that_a_caller_chose_is_told() {
    let host = host();
    let metrics = Metrics::new(host.clone());
    for tenant in ["bank", "bank", "chosen-by-a-caller"] {
        decided(&host, &metrics, tenant);
    }
    let text = metrics.text();
    for line in [
        "lictor_decisions_total{tenant=\"bank\",effect=\"deny\",source=\"evaluated\"} 2",
        "lictor_decision_duration_seconds_bucket{le=\"0.000002\",source=\"evaluated\"} 0",
        "lictor_decision_duration_seconds_bucket{le=\"0.000005\",source=\"evaluated\"} 2",
        "lictor_refusals_total{tenant=\"\",code=\"unknown-tenant\",blame=\"caller\"} 1",
        "lictor_tenants 1.0",
        "# EOF",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in {text}");
    }
    assert!(!text.contains("chosen-by-a-caller"));
    assert!(!text.contains("agent-7") && !text.contains("4711"));
}
