//! Which policies count, and what their decisions become together.

use std::time::Duration;

use harness::request;
use lictor::{Condition, Effect, Fault, Semantics, TenantSettings, Verdict};

use crate::fixture::{ABSTAIN, ALLOW, DENY, REVIEW, bank, bank_with, builder, says, spec, tenant};

#[test]
fn an_unknown_tenant_has_no_default_policy() {
    let (host, _) = bank();
    let fault = host.evaluate(&tenant("stranger"), &request(1)).unwrap_err();
    assert_eq!(
        fault,
        Fault::UnknownTenant {
            tenant: "stranger".into()
        }
    );
}

#[test]
fn a_tenant_without_policies_gets_its_default() {
    let (host, bank) = bank();
    let outcome = host.evaluate(&bank, &request(1)).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Deny);
    assert_eq!(outcome.decision.reasons[0].code, "lictor:default");

    let settings = TenantSettings {
        default_effect: Effect::Review,
        ..TenantSettings::default()
    };
    host.set_tenant(&bank, settings).unwrap();
    host.bind(&bank, says("silent", "1.0.0", ABSTAIN)).unwrap();
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Review
    );
}

#[test]
fn the_strictest_of_a_tenants_policies_wins() {
    let (host, bank) = bank();
    for (number, (effect, expected)) in [
        (ABSTAIN, Effect::Deny),
        (ALLOW, Effect::Allow),
        (REVIEW, Effect::Review),
        (DENY, Effect::Deny),
    ]
    .into_iter()
    .enumerate()
    {
        host.bind(&bank, says(&format!("policy-{number}"), "1.0.0", effect))
            .unwrap();
        let outcome = host.evaluate(&bank, &request(1)).unwrap();
        assert_eq!(outcome.decision.effect, expected);
        assert_eq!(outcome.policies.len(), number + 1);
    }
}

#[test]
fn the_base_layer_only_tightens() {
    let (host, bank) = bank();
    host.bind(&bank, says("own", "1.0.0", REVIEW)).unwrap();
    for (base, expected) in [
        (ABSTAIN, Effect::Review),
        (ALLOW, Effect::Review),
        (REVIEW, Effect::Review),
        (DENY, Effect::Deny),
    ] {
        host.bind_base(says("house-rules", "1.0.0", base)).unwrap();
        assert_eq!(
            host.evaluate(&bank, &request(1)).unwrap().decision.effect,
            expected,
            "{base}"
        );
    }
    host.unbind_base(&"house-rules".parse().unwrap()).unwrap();
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Review
    );
}

#[test]
fn an_allow_of_the_base_layer_is_no_permission() {
    let (host, bank) = bank();
    host.bind_base(says("house-rules", "1.0.0", ALLOW)).unwrap();
    let outcome = host.evaluate(&bank, &request(1)).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Deny);
    assert_eq!(outcome.decision.reasons[0].code, "lictor:default");
}

#[test]
fn the_base_layer_reads_the_tenants_documents_only_under_a_name_that_says_so() {
    let (host, bank) = bank();
    host.bind(&bank, says("own", "1.0.0", ALLOW)).unwrap();
    host.bind_base(spec("operator", "1.0.0", "operator", "{}"))
        .unwrap();
    let code = |expected: &str| {
        let outcome = host.evaluate(&bank, &request(1)).unwrap();
        assert_eq!(outcome.decision.reasons[0].code, expected, "{outcome:?}");
        outcome
    };

    code("no-users");
    host.put_data(&bank, "users".parse().unwrap(), br#"{"a":1}"#)
        .unwrap();
    let outcome = code("said");
    assert!(
        outcome.policies[0].observations.is_empty(),
        "what the base layer asked is the operator's affair"
    );
    host.put_base_data("freeze".parse().unwrap(), br#"{"since":"today"}"#)
        .unwrap();
    code("frozen");

    let error = host
        .put_base_data("tenant.users".parse().unwrap(), b"{}")
        .unwrap_err()
        .to_string();
    assert!(error.contains("`tenant.users`"), "{error}");
}

#[test]
fn a_binding_is_run_only_for_the_requests_that_it_applies_to() {
    let (host, bank) = bank();
    let only = |json: &str| -> Vec<Condition> { vec![serde_json::from_str(json).unwrap()] };
    let refunds = only(r#"{"attribute":"/action/name","one_of":["refund"]}"#);
    host.bind(&bank, says("refunds", "1.0.0", DENY).applies_when(refunds))
        .unwrap();
    host.bind(&bank, says("rest", "1.0.0", ALLOW)).unwrap();

    let outcome = host.evaluate(&bank, &request(1)).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Allow);
    assert_eq!(outcome.policies[0].verdict, Verdict::NotApplicable);
    assert_eq!(outcome.policies[0].fuel_used, 0);

    // An attribute that isn't there can't switch a policy off.
    let absent = only(r#"{"attribute":"/context/kind","one_of":["refund"]}"#);
    host.bind(&bank, says("refunds", "1.0.0", DENY).applies_when(absent))
        .unwrap();
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Deny
    );
}

#[test]
fn a_batch_ends_as_its_semantics_say() {
    let (host, bank) = bank_with(builder(), TenantSettings::default());
    host.bind(
        &bank,
        spec("limit", "1.0.0", "ordinary", r#"{"limit": 100}"#),
    )
    .unwrap();
    let requests = [request(50), request(500), request(60), request(600)];
    let effects = |semantics| -> Vec<Effect> {
        let outcomes = host.evaluate_all(&bank, &requests, semantics).unwrap();
        outcomes
            .iter()
            .map(|outcome| outcome.decision.effect)
            .collect()
    };
    use Effect::{Allow, Deny};
    assert_eq!(effects(Semantics::ExecuteAll), [Allow, Deny, Allow, Deny]);
    assert_eq!(effects(Semantics::DenyOnFirstDeny), [Allow, Deny]);
    assert_eq!(effects(Semantics::PermitOnFirstPermit), [Allow]);
    assert!(
        host.evaluate_all(&bank, &[], Semantics::ExecuteAll)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_outcome_says_who_decided_and_what_it_looked_at() {
    let (host, bank) = bank();
    let bound = host
        .bind(
            &bank,
            spec("limit", "1.2.3", "ordinary", r#"{"limit": 100}"#),
        )
        .unwrap();
    let first = host.evaluate(&bank, &request(50)).unwrap();
    let second = host.evaluate(&bank, &request(50)).unwrap();
    assert_ne!(first.decision_id, second.decision_id);

    let policy = &first.policies[0];
    assert_eq!(*policy.bound, bound);
    assert_eq!(policy.bound.version.to_string(), "1.2.3");
    let asked: Vec<String> = policy
        .observations
        .iter()
        .map(|observation| observation.to_string())
        .collect();
    assert_eq!(
        asked,
        [
            r#"request.get /subject/id = "agent-7""#,
            "data.count /users/agent-7/roles = absent",
            "request.get /context/amount = 50"
        ]
    );
    assert!(policy.fuel_used > 0);
    assert!(!policy.recalled && !first.is_recalled());

    let recalled = &second.policies[0];
    assert!(recalled.recalled && second.is_recalled());
    assert_eq!(recalled.verdict, policy.verdict);
    assert_eq!(recalled.observations, policy.observations);
    assert_eq!((recalled.fuel_used, recalled.duration), (0, Duration::ZERO));
}
