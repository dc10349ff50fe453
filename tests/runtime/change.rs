//! What an operator changes: refused whole or done whole.

use std::collections::BTreeSet;

use harness::request;
use lictor::{BindError, Digest, Effect, HostError, Limits, TenantSettings};

use crate::fixture::{ALLOW, DENY, bank, bank_with, builder, guest, says, spec, tenant};

#[test]
fn a_refused_binding_leaves_the_old_one() {
    let (host, bank) = bank();
    let before = host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let refused = [
        says("rule", "2.0.0", DENY).parameters("[]"),
        says("rule", "2.0.0", DENY).parameters(r#"{"a":1,"a":2}"#),
        says("rule", "2.0.0", DENY).limits(Limits {
            memory_bytes: usize::MAX,
            ..Limits::default()
        }),
        says("rule", "2.0.0", DENY).limits(Limits {
            component_bytes: 10,
            ..Limits::default()
        }),
    ];
    for spec in refused {
        let error = host.bind(&bank, spec).unwrap_err();
        assert!(error.to_string().contains("`rule`"), "{error}");
    }
    assert_eq!(host.bound(&bank).unwrap(), [before]);
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Allow
    );
}

#[test]
fn a_policy_refuses_parameters_in_its_own_words() {
    let (host, bank) = bank();
    let error = host
        .bind(&bank, spec("rule", "1.0.0", "parameters-refused", "{}"))
        .unwrap_err();
    let BindError::Refused { refusal, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(refusal.code(), "parameters");
}

#[test]
fn the_revision_covers_all_that_a_decision_can_depend_on() {
    let (host, bank) = bank();
    let exchange = tenant("exchange");
    host.add_tenant(&exchange, TenantSettings::default())
        .unwrap();
    let only_refunds =
        serde_json::from_str(r#"{"attribute":"/action/name","one_of":["refund"]}"#).unwrap();
    let limits = Limits {
        fuel: 5_000_000,
        ..Limits::default()
    };
    let bound = [
        host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap(),
        host.bind(&exchange, says("rule", "1.0.0", ALLOW)).unwrap(),
        host.bind_base(says("rule", "1.0.0", ALLOW)).unwrap(),
        host.bind(&bank, says("other-rule", "1.0.0", ALLOW))
            .unwrap(),
        host.bind(&bank, says("rule", "1.0.0", DENY)).unwrap(),
        host.bind(&bank, says("rule", "1.0.0", ALLOW).limits(limits))
            .unwrap(),
        host.bind(
            &bank,
            says("rule", "1.0.0", ALLOW).applies_when([only_refunds]),
        )
        .unwrap(),
        host.bind(&bank, spec("rule", "1.0.0", "busy", r#"{"effect": 1}"#))
            .unwrap(),
    ];
    let revisions: BTreeSet<Digest> = bound.iter().map(|bound| bound.revision).collect();
    assert_eq!(revisions.len(), bound.len());

    // Another spelling of the same parameters is the same binding.
    let again = host
        .bind(
            &bank,
            says("rule", "1.0.0", ALLOW).parameters(r#" {"effect":1.0} "#),
        )
        .unwrap();
    assert_eq!(again.revision, bound[0].revision);
    let higher = host.bind(&bank, says("rule", "1.0.1", ALLOW)).unwrap();
    assert!(!revisions.contains(&higher.revision));
}

#[test]
fn two_tenants_of_one_component_share_no_parameters() {
    let (host, bank) = bank();
    let exchange = tenant("exchange");
    host.add_tenant(&exchange, TenantSettings::default())
        .unwrap();
    let in_bank = host.bind(&bank, says("crypto", "1.0.0", DENY)).unwrap();
    let in_exchange = host
        .bind(&exchange, says("crypto", "1.0.0", ALLOW))
        .unwrap();
    assert_eq!(in_bank.artifact, in_exchange.artifact);
    for _ in 0..10 {
        assert_eq!(
            host.evaluate(&bank, &request(1)).unwrap().decision.effect,
            Effect::Deny
        );
        assert_eq!(
            host.evaluate(&exchange, &request(1))
                .unwrap()
                .decision
                .effect,
            Effect::Allow
        );
    }
}

#[test]
fn limits_are_checked_also_for_a_component_that_another_tenant_has_loaded() {
    let (host, bank) = bank();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let exchange = tenant("exchange");
    host.add_tenant(&exchange, TenantSettings::default())
        .unwrap();
    let small = Limits {
        component_bytes: 10,
        ..Limits::default()
    };
    let error = host
        .bind(&exchange, says("rule", "1.0.0", ALLOW).limits(small))
        .unwrap_err();
    assert!(
        matches!(&error, BindError::Refused { refusal, .. } if refusal.code() == "too-large"),
        "{error}"
    );
}

#[test]
fn a_refused_document_leaves_the_old_ones() {
    let (host, bank) = bank_with(
        builder(),
        TenantSettings {
            data_bytes: 64,
            ..TenantSettings::default()
        },
    );
    host.bind(&bank, spec("rule", "1.0.0", "compare", "{}"))
        .unwrap();
    let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
    let one: &[u8] = br#"{"v":1}"#;
    host.replace_data(&bank, [(a, one), (b, one)]).unwrap();

    let name = || "a".parse().unwrap();
    let error = host.put_data(&bank, name(), br#"{"v":2"#).unwrap_err();
    assert!(
        matches!(error, HostError::Document { .. }) && error.to_string().contains("`a`"),
        "{error}"
    );
    let large = format!(r#"{{"v":2,"w":"{}"}}"#, "x".repeat(100));
    let error = host.put_data(&bank, name(), large.as_bytes()).unwrap_err();
    assert!(
        matches!(error, HostError::DataTooLarge { limit: 64, .. }),
        "{error}"
    );
    // Half of a set is no set.
    let b = "b".parse().unwrap();
    let two: &[u8] = br#"{"v":2}"#;
    assert!(
        host.replace_data(&bank, [(name(), two), (b, b"{".as_slice())])
            .is_err()
    );

    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Allow
    );
}

#[test]
fn tenants_and_policies_come_and_go() {
    let (host, bank) = bank();
    let policy = "rule".parse().unwrap();
    assert!(matches!(
        host.unbind(&bank, &policy),
        Err(HostError::UnknownPolicy { .. })
    ));
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    host.unbind(&bank, &policy).unwrap();
    assert_eq!(host.bound(&bank).unwrap(), []);

    assert!(matches!(
        host.add_tenant(&bank, TenantSettings::default()),
        Err(HostError::TenantExists { .. })
    ));
    assert_eq!(host.tenants(), [tenant("bank")]);
    host.remove_tenant(&bank).unwrap();
    assert!(host.tenants().is_empty());
    assert!(host.evaluate(&bank, &request(1)).is_err());
    assert!(matches!(
        host.bind(&bank, says("rule", "1.0.0", ALLOW)),
        Err(BindError::Host(_))
    ));
    assert!(guest("effect").len() > 100);
}

#[test]
fn a_tenant_has_room_for_1024_documents() {
    let (host, bank) = bank();
    let documents = |count: usize| {
        (0..count).map(|number| (format!("d{number}").parse().unwrap(), b"1".as_slice()))
    };
    host.replace_data(&bank, documents(1024)).unwrap();
    host.replace_data(&bank, documents(1024)).unwrap();
    let error = host.replace_data(&bank, documents(1025)).unwrap_err();
    assert!(
        matches!(
            error,
            HostError::TooManyDocuments {
                count: 1025,
                max: 1024
            }
        ),
        "{error}"
    );
}

#[test]
fn a_layer_has_room_for_64_policies() {
    let (host, bank) = bank();
    for number in 0..64 {
        host.bind(&bank, says(&format!("rule-{number}"), "1.0.0", ALLOW))
            .unwrap();
    }
    let error = host
        .bind(&bank, says("rule-64", "1.0.0", ALLOW))
        .unwrap_err();
    assert!(
        matches!(error, BindError::TooManyPolicies { count: 65, max: 64 }),
        "{error}"
    );
    host.bind(&bank, says("rule-63", "1.0.1", ALLOW)).unwrap();
}
