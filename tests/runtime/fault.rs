//! What answers when a policy has a fault.

use harness::request;
use lictor::{Blame, Effect, FailurePolicy, Limits, TenantSettings, Verdict};

use crate::fixture::{ALLOW, bank_with, builder, says, spec};

fn on_failure(on_failure: FailurePolicy) -> TenantSettings {
    TenantSettings {
        on_failure,
        ..TenantSettings::default()
    }
}

#[test]
fn a_fault_is_answered_as_the_tenant_says_and_never_by_allow() {
    for (policy, expected) in [
        (FailurePolicy::Deny, Effect::Deny),
        (FailurePolicy::Review, Effect::Review),
        (FailurePolicy::LastGood, Effect::Deny),
    ] {
        let (host, bank) = bank_with(builder(), on_failure(policy));
        host.bind(&bank, spec("rule", "1.0.0", "sometimes", "{}"))
            .unwrap();
        host.bind(&bank, says("other", "1.0.0", ALLOW)).unwrap();
        let outcome = host.evaluate(&bank, &request(101)).unwrap();
        assert_eq!(outcome.decision.effect, expected);
        assert_eq!(outcome.decision.reasons[0].code, "lictor:fault");
        let fault = outcome.policies[1].verdict.fault().unwrap();
        assert_eq!((fault.code(), fault.blame()), ("trapped", Blame::Policy));
    }
}

#[test]
fn the_last_good_version_answers_for_one_that_faults() {
    let (host, bank) = bank_with(builder(), on_failure(FailurePolicy::LastGood));
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    // A version that was replaced before it decided anything was never good.
    host.bind(&bank, spec("rule", "1.1.0", "sometimes", "{}"))
        .unwrap();
    assert_eq!(
        host.evaluate(&bank, &request(101)).unwrap().decision.effect,
        Effect::Deny
    );
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Allow
    );

    // Now 1.1.0 has been good. Its successor only faults, and 1.1.0 answers where it can.
    let fuel = Limits {
        fuel: 10,
        ..Limits::default()
    };
    host.bind(&bank, says("rule", "1.2.0", ALLOW).limits(fuel))
        .unwrap();
    let outcome = host.evaluate(&bank, &request(2)).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Allow);
    let policy = &outcome.policies[0];
    assert_eq!(policy.bound.version.to_string(), "1.2.0");
    let Verdict::Faulted { fault, by, .. } = &policy.verdict else {
        panic!("{policy:?}")
    };
    assert_eq!(fault.code(), "fuel-exhausted");
    assert_eq!(by.as_ref().unwrap().version.to_string(), "1.1.0");
    assert!(policy.fuel_used > 10, "the fuel of both is counted");
    assert_eq!(
        host.evaluate(&bank, &request(101)).unwrap().decision.effect,
        Effect::Deny
    );
}

#[test]
fn a_fault_of_the_base_layer_denies_whatever_the_tenant_wants() {
    let (host, bank) = bank_with(builder(), on_failure(FailurePolicy::Review));
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    host.bind_base(spec("house-rules", "1.0.0", "sometimes", "{}"))
        .unwrap();
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Allow
    );
    assert_eq!(
        host.evaluate(&bank, &request(101)).unwrap().decision.effect,
        Effect::Deny
    );
}

#[test]
fn the_last_good_version_answers_only_for_requests_that_it_was_bound_for() {
    let (host, bank) = bank_with(builder(), on_failure(FailurePolicy::LastGood));
    let refunds =
        serde_json::from_str(r#"{"attribute":"/action/name","one_of":["refund"]}"#).unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW).applies_when([refunds]))
        .unwrap();
    let refund = lictor::Request::builder()
        .subject("agent", "a")
        .action("refund")
        .resource("order", "o")
        .build()
        .unwrap();
    assert_eq!(
        host.evaluate(&bank, &refund).unwrap().decision.effect,
        Effect::Allow
    );

    host.bind(&bank, spec("rule", "1.1.0", "sometimes", "{}"))
        .unwrap();
    let outcome = host.evaluate(&bank, &request(101)).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Deny);
}

#[test]
fn what_the_base_layer_asked_stands_in_no_fault_that_the_tenant_is_told() {
    let (host, bank) = bank_with(builder(), on_failure(FailurePolicy::Deny));
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    host.bind_base(spec("house-rules", "1.0.0", "sometimes", "{}"))
        .unwrap();
    let outcome = host.evaluate(&bank, &request(101)).unwrap();
    assert_eq!(
        outcome.decision.reasons[0].message,
        "a policy of the operator gave no decision"
    );
    assert_eq!(outcome.policies[0].fuel_used, 0);
}
