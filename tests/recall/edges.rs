//! Where recalling and evaluating could part: at the limits of fuel and of answers, after a revocation, and where a policy
//! contradicts itself.

use harness::patient;
use lictor::{
    BindingSpec, Host, KeyringDocument, Limits, Outcome, RecallSettings, Request, SignedKeyring,
    TenantName, TenantSettings,
};
use serde_json::json;

use crate::fixture::{bank, echo, host, request, table, tenant};

fn decide(host: &Host, tenant: &TenantName, request: &Request) -> Outcome {
    host.evaluate(tenant, request).unwrap()
}

fn fault(outcome: &Outcome) -> Option<&str> {
    outcome.policies[0].verdict.fault().map(|it| it.code())
}

/// Says a document's list of so many bytes in which the agent stands.
fn put_list(host: &Host, bank: &TenantName, bytes: usize) {
    let json = json!({"list": ["agent-1", "x".repeat(bytes)]}).to_string();
    host.put_data(bank, "limits".parse().unwrap(), json.as_bytes())
        .unwrap();
}

#[test]
fn a_test_that_is_answered_alike_from_more_bytes_still_costs_them() {
    let (host, _, bank) = bank();
    let rules = json!([
        {"test": "/subject/id", "relation": "in", "in_data": "/limits/list", "yes": 1, "no": 1},
        {"decide": "allow"},
    ]);
    let spec = table("c", &rules);
    let request = request("agent-1", &json!({}));
    host.bind(&bank, spec.clone()).unwrap();
    // Where a byte more is a byte more, however a document writes lengths.
    let least = 20_000;
    put_list(&host, &bank, least);
    let fuel_used = decide(&host, &bank, &request).fuel_used();
    put_list(&host, &bank, 3 * least);
    assert!(decide(&host, &bank, &request).is_recalled());

    let tight = Limits {
        fuel: fuel_used + 10_000,
        ..patient()
    };
    host.bind(&bank, spec.limits(tight)).unwrap();
    put_list(&host, &bank, least);
    assert!(!decide(&host, &bank, &request).is_recalled());
    // 9,999 bytes more leave one unit; 10,000 leave nothing.
    for (more, is_recalled) in [(0, true), (9_999, true), (10_000, false)] {
        put_list(&host, &bank, least + more);
        let outcome = decide(&host, &bank, &request);
        assert_eq!(outcome.is_recalled(), is_recalled, "{more}");
    }
    for more in [30_000, 10_000 + fuel_used as usize] {
        put_list(&host, &bank, least + more);
        for _ in 0..2 {
            let outcome = decide(&host, &bank, &request);
            assert!(!outcome.is_recalled());
            assert_eq!(fault(&outcome), Some("fuel-exhausted"));
        }
    }
    put_list(&host, &bank, least);
    assert!(decide(&host, &bank, &request).is_recalled());
    let report = host.recall_report();
    assert_eq!(report.contradictions, 0);
    assert_eq!(report.counts.unrecallable, 5);
}

/// A policy that asks for the context's `a` and says nothing of it.
fn asks() -> BindingSpec {
    let artifact = harness::artifact(
        "asks".parse().unwrap(),
        "1.0.0".parse().unwrap(),
        harness::guest("ask"),
    );
    BindingSpec::new(artifact)
        .parameters(r#"{"question": 0, "times": 1, "pointer": "/context/a"}"#)
        .limits(patient())
}

#[test]
fn the_longest_answer_is_recalled_and_a_longer_one_is_a_fault_each_time() {
    let (host, _, bank) = bank();
    host.bind(&bank, asks()).unwrap();
    let longest = Limits::default().answer_bytes;
    for (length, is_fault) in [(longest - 1, false), (longest, false), (longest + 1, true)] {
        let text = json!("x".repeat(length));
        // Two quotes and two brackets more.
        let list = json!(["x".repeat(length - 4)]);
        for value in [text, list] {
            let request = request("agent-1", &json!({"a": value}));
            for recalled in [false, true] {
                let outcome = decide(&host, &bank, &request);
                assert_eq!(outcome.is_recalled(), recalled && !is_fault, "{length}");
                assert_eq!(fault(&outcome).is_some(), is_fault, "{length}");
            }
        }
    }
}

#[test]
fn what_is_revoked_is_not_recalled() {
    let (host, _, bank) = bank();
    let bound = host.bind(&bank, table("c", &echo("/context/a"))).unwrap();
    let request = request("agent-1", &json!({"a": 1}));
    decide(&host, &bank, &request);
    assert!(decide(&host, &bank, &request).is_recalled());
    let mut document: KeyringDocument = host.keyring().unwrap().document().clone();
    document.version += 1;
    document.revoked_artifacts.insert(bound.artifact);
    let keyring = lictor::Keyring::new(document).unwrap();
    let signed = SignedKeyring::new(keyring, harness::key()).unwrap();
    host.update_keyring(&signed, None, "anna", None).unwrap();
    let outcome = decide(&host, &bank, &request);
    assert!(!outcome.is_recalled());
    assert_eq!(fault(&outcome), Some("revoked"));
}

/// What is remembered is falsified, as a policy would do it that doesn't always decide the same: no guest can.
#[cfg(debug_assertions)]
#[test]
fn a_policy_that_contradicts_itself_is_found_out_and_no_longer_recalled() {
    let (host, _) = host(RecallSettings {
        proof_one_in: 1,
        ..RecallSettings::default()
    });
    let (bank, exchange) = (tenant("bank"), tenant("exchange"));
    for tenant in [&bank, &exchange] {
        host.add_tenant(tenant, TenantSettings::default()).unwrap();
    }
    let rules = json!([
        {"get": "/context/a", "of": "request", "else": 1},
        {"decide": "review"},
    ]);
    // One binding for all tenants.
    let base = || table("c", &rules);
    let bound = host.bind_base(base()).unwrap();
    let request = request("agent-1", &json!({"a": 1}));
    let recalled = |tenant| decide(&host, tenant, &request).policies[0].recalled;
    for tenant in [&bank, &exchange] {
        assert!(!recalled(tenant) && recalled(tenant));
    }
    host.falsify_memory(&bank).unwrap();
    assert!(recalled(&bank));
    while host.recall_report().contradictions == 0 {
        std::thread::yield_now();
    }
    let report = host.recall_report();
    assert_eq!(report.contradictions, 1);
    let distrust = &report.distrusted[0];
    assert_eq!(distrust.tenant, bank);
    assert_eq!(distrust.bound.policy, bound.policy);
    let remembered = distrust.remembered.as_ref().unwrap();
    assert_eq!(distrust.observations, *remembered);
    assert_eq!(host.recall_of(&bank).unwrap().entries, 0);

    // Not even where the same is bound anew; others are recalled as before.
    assert!(!recalled(&bank) && !recalled(&bank));
    host.bind_base(base()).unwrap();
    assert!(!recalled(&bank) && !recalled(&bank));
    assert!(recalled(&exchange));
    assert_eq!(host.recall_of(&bank).unwrap().counts.unrecallable, 4);
}
