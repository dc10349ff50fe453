//! Whom a host trusts: nothing is bound that isn't signed for its tenant, and what is revoked stops at its next decision.

use std::sync::Arc;

use harness::{NOW_MS, keyring, manifest, request};
use lictor::{
    BindError, BindingSpec, Effect, Fault, Fetched, Host, HostError, Keyring, Limits, ManualClock,
    PrivateKey, Refusal, Scope, SignedKeyring, TenantName, TenantSettings, TrustError, TrustedKey,
    UnixMs, Verdict, VerifyError, WantedLimits,
};

use crate::fixture::{ALLOW, bank, builder, guest, says, tenant};
use crate::restore::open;

/// The guest `effect`, signed by a key for a version.
fn signed(key: &PrivateKey, version: &str) -> Fetched {
    let component = guest("effect");
    let manifest = manifest(
        "rule".parse().unwrap(),
        version.parse().unwrap(),
        &component,
    );
    Fetched::new(component, manifest, key).unwrap()
}

fn allows(artifact: Fetched) -> BindingSpec {
    BindingSpec::new(artifact).parameters(format!(r#"{{"effect": {ALLOW}}}"#))
}

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

/// The next keyring, signed by the key of the tests.
fn update(current: &Keyring, change: impl FnOnce(&mut lictor::KeyringDocument)) -> SignedKeyring {
    let mut document = current.document().clone();
    document.version += 1;
    change(&mut document);
    SignedKeyring::new(Keyring::new(document).unwrap(), harness::key()).unwrap()
}

/// A host on a state folder at this time, whose tenant `bank` is there.
fn start(folder: &std::path::Path, now_ms: u64) -> (Host, TenantName) {
    let host = builder()
        .clock(Arc::new(ManualClock::at(now_ms)))
        .state(open(folder))
        .build()
        .unwrap();
    let bank = tenant("bank");
    if !host.tenants().contains(&bank) {
        host.add_tenant(&bank, TenantSettings::default()).unwrap();
    }
    (host, bank)
}

/// An operator's word that a tenant may go back.
fn leave(tenant: &TenantName, from: &str, to: &str) -> lictor::SignedRollback {
    let claim = lictor::RollbackClaim::Policy {
        tenant: tenant.clone(),
        policy: "rule".parse().unwrap(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        not_after_unix_ms: UnixMs(NOW_MS + 1_000),
    };
    lictor::SignedRollback::new(claim, harness::key()).unwrap()
}

fn untrusted(error: BindError) -> VerifyError {
    match error {
        BindError::Untrusted { source, .. } => match *source {
            TrustError::Verify(error) => error,
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    }
}

#[test]
fn a_host_without_a_keyring_binds_nothing() {
    let host = Host::builder()
        .settings(crate::fixture::settings())
        .build()
        .unwrap();
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    let refused = host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap_err();
    assert!(
        matches!(&refused, BindError::Untrusted { source, .. } if matches!(**source, TrustError::NoKeyring)),
        "{refused}"
    );
    host.found_keyring(keyring(), "anna").unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let again = host.found_keyring(keyring(), "mallory").unwrap_err();
    assert!(
        matches!(again, TrustError::HasKeyring { version: 1 }),
        "{again}"
    );
}

#[test]
fn a_key_signs_for_its_own_tenants_alone() {
    let (host, bank) = bank();
    let shop = tenant("shop");
    host.add_tenant(&shop, TenantSettings::default()).unwrap();
    let author = key(1);
    let unknown = host
        .bind(&bank, allows(signed(&author, "1.0.0")))
        .unwrap_err();
    assert!(matches!(untrusted(unknown), VerifyError::UnknownKeys(_)));

    let next = update(&keyring(), |document| {
        let trusted = TrustedKey::new("the bank's author", Scope::only([bank.clone()]));
        document.keys.insert(author.public(), trusted);
    });
    assert_eq!(host.update_keyring(&next, None, "anna", None).unwrap(), []);
    host.bind(&bank, allows(signed(&author, "1.0.0"))).unwrap();
    for other in [shop, TenantName::base()] {
        let refused = if other.is_base() {
            host.bind_base(allows(signed(&author, "1.0.0")))
        } else {
            host.bind(&other, allows(signed(&author, "1.0.0")))
        };
        let error = untrusted(refused.unwrap_err());
        assert!(
            matches!(&error, VerifyError::OtherTenant { tenant, .. } if *tenant == other),
            "{error}"
        );
    }
}

#[test]
fn no_tenant_has_the_name_of_the_base_layer() {
    let (host, _) = bank();
    let refused = host
        .add_tenant(&TenantName::base(), TenantSettings::default())
        .unwrap_err();
    assert!(
        matches!(refused, HostError::ReservedTenant { .. }),
        "{refused}"
    );
}

#[test]
fn a_revocation_stops_the_next_decision_also_a_remembered_one() {
    let (host, bank) = bank();
    let other = tenant("shop");
    host.add_tenant(&other, TenantSettings::default()).unwrap();
    let (author, second) = (key(1), key(2));
    let next = update(&keyring(), |document| {
        for (key, name) in [(&author, "author"), (&second, "second")] {
            document
                .keys
                .insert(key.public(), TrustedKey::new(name, Scope::All));
        }
    });
    host.update_keyring(&next, None, "anna", None).unwrap();
    host.bind(&bank, allows(signed(&author, "1.0.0"))).unwrap();
    host.bind(&other, allows(signed(&second, "1.0.0"))).unwrap();
    let request = request(250);
    let effect = |tenant| host.evaluate(tenant, &request).unwrap().decision.effect;
    assert_eq!(
        (effect(&bank), effect(&bank)),
        (Effect::Allow, Effect::Allow)
    );
    let remembered = host.evaluate(&bank, &request).unwrap();
    assert!(remembered.policies[0].recalled, "{remembered:?}");

    let next = update(&host.keyring().unwrap(), |document| {
        document.revoked_keys.insert(author.id());
    });
    let stopped = host
        .update_keyring(&next, None, "anna", Some("it was stolen".into()))
        .unwrap();
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].tenant, bank);

    let outcome = host.evaluate(&bank, &request).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Deny);
    let Verdict::Faulted { fault, .. } = &outcome.policies[0].verdict else {
        panic!("{outcome:?}");
    };
    assert!(matches!(**fault, Fault::Revoked { .. }), "{fault}");
    assert_eq!(fault.blame(), lictor::Blame::Tenant);
    assert!(!outcome.policies[0].recalled);
    assert_eq!(
        effect(&other),
        Effect::Allow,
        "another's key was not revoked"
    );
    // The same artifact can't come back, one that another key signs can.
    let refused = host
        .bind(&bank, allows(signed(&author, "1.0.0")))
        .unwrap_err();
    assert!(matches!(untrusted(refused), VerifyError::RevokedKey(_)));
    host.bind(&bank, allows(signed(&second, "1.0.0"))).unwrap();
    assert_eq!(effect(&bank), Effect::Allow);
}

#[test]
fn a_preview_tells_what_a_keyring_would_stop_and_stops_nothing() {
    let (host, bank) = bank();
    let bound = host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let stricter = |document: &mut lictor::KeyringDocument| {
        document.thresholds.insert(tenant("bank"), 2);
    };
    let next = update(&host.keyring().unwrap(), stricter);
    let preview = host.preview_keyring(&next, None).unwrap();
    let told: Vec<_> = preview
        .iter()
        .map(|stopped| (&stopped.tenant, &stopped.bound))
        .collect();
    assert_eq!(told, [(&bank, &bound)]);
    assert!(preview[0].why.contains("2 keys must sign"), "{preview:?}");
    assert_eq!(host.keyring().unwrap().version(), 1);
    let effect = || host.evaluate(&bank, &request(250)).unwrap().decision.effect;
    assert_eq!(effect(), Effect::Allow);
    // It is checked as the update will be.
    let forged = SignedKeyring::new(next.unchecked().clone(), &key(9)).unwrap();
    let refused = host.preview_keyring(&forged, None).unwrap_err();
    assert!(matches!(refused, TrustError::Update(_)), "{refused}");

    let stopped = host.update_keyring(&next, None, "anna", None).unwrap();
    assert_eq!(stopped, preview);
    assert_eq!(effect(), Effect::Deny);
    let again = update(&host.keyring().unwrap(), |_| {});
    assert_eq!(host.preview_keyring(&again, None).unwrap(), []);
}

#[test]
fn a_last_good_version_that_is_revoked_answers_for_nobody() {
    let settings = TenantSettings {
        on_failure: lictor::FailurePolicy::LastGood,
        ..TenantSettings::default()
    };
    let (host, bank) = crate::fixture::bank_with(builder(), settings);
    let good = host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let request = request(250);
    host.evaluate(&bank, &request).unwrap();
    let trapping = harness::artifact(
        "rule".parse().unwrap(),
        "1.1.0".parse().unwrap(),
        guest("trap"),
    );
    host.bind(&bank, BindingSpec::new(trapping)).unwrap();
    assert_eq!(
        host.evaluate(&bank, &request).unwrap().decision.effect,
        Effect::Allow
    );

    let next = update(&host.keyring().unwrap(), |document| {
        document.revoked_artifacts.insert(good.artifact);
    });
    host.update_keyring(&next, None, "anna", None).unwrap();
    assert_eq!(
        host.evaluate(&bank, &request).unwrap().decision.effect,
        Effect::Deny
    );
}

#[test]
fn a_keyring_is_replaced_by_whom_it_trusts_alone() {
    let (host, _) = bank();
    let mut document = keyring().document().clone();
    document.version = 2;
    let stranger = SignedKeyring::new(Keyring::new(document).unwrap(), &key(9)).unwrap();
    host.update_keyring(&stranger, None, "mallory", None)
        .unwrap_err();
    let next = update(&keyring(), |_| {});
    host.update_keyring(&next, None, "anna", None).unwrap();
    let older = host.update_keyring(&next, None, "anna", None).unwrap_err();
    assert!(older.to_string().contains("version 2"), "{older}");
    assert_eq!(host.keyring().unwrap().version(), 2);
}

#[test]
fn a_lower_version_is_refused_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || start(folder.path(), NOW_MS);
    let (host, bank) = start();
    host.found_keyring(keyring(), "anna").unwrap();
    host.bind(&bank, says("rule", "1.1.0", ALLOW)).unwrap();
    drop(host);

    let (host, bank) = start();
    assert_eq!(host.keyring().unwrap().digest(), keyring().digest());
    let refused = host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap_err();
    assert!(matches!(
        untrusted(refused),
        VerifyError::LowerVersion { .. }
    ));
    host.bind(&bank, says("rule", "1.1.0", ALLOW)).unwrap();

    // An operator's word.
    let leave = leave(&bank, "1.1.0", "1.0.0");
    host.bind(&bank, says("rule", "1.0.0", ALLOW).rollback(leave.clone()))
        .unwrap();
    drop(host);
    // It was for one artifact and is used up: another of that version doesn't get in by it, also after a restart.
    let (host, bank) = start();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let other = crate::fixture::spec("rule", "1.0.0", "busy", "{}").rollback(leave);
    let again = host.bind(&bank, other).unwrap_err();
    assert!(again.to_string().contains("used already"), "{again}");
}

#[test]
fn what_was_admitted_outlives_its_keys_window_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let author = key(1);
    let start = |now_ms: u64| start(folder.path(), now_ms);
    let (host, bank) = start(NOW_MS);
    let mut document = keyring().document().clone();
    let mut trusted = TrustedKey::new("author", Scope::All);
    trusted.validity.not_after_unix_ms = Some(UnixMs(NOW_MS + 60_000));
    document.keys.insert(author.public(), trusted);
    host.found_keyring(Keyring::new(document).unwrap(), "anna")
        .unwrap();
    host.bind(&bank, allows(signed(&author, "1.0.0"))).unwrap();
    drop(host);

    let (host, bank) = start(NOW_MS + 86_400_000);
    host.bind(&bank, allows(signed(&author, "1.0.0"))).unwrap();
    let newer = host
        .bind(&bank, allows(signed(&author, "1.0.1")))
        .unwrap_err();
    assert!(matches!(untrusted(newer), VerifyError::ExpiredKey { .. }));
    drop(host);

    // A clock that is set back to when the key was valid, while the host is down, is noticed.
    let (host, bank) = start(NOW_MS);
    assert!(host.clock_jump().is_some());
    let refused = host
        .bind(&bank, allows(signed(&author, "1.0.1")))
        .unwrap_err();
    assert!(refused.to_string().contains("wall clock"), "{refused}");
}

#[test]
fn a_rollback_lets_one_artifact_in_and_lowers_nothing() {
    let (host, bank) = bank();
    host.bind(&bank, says("rule", "1.3.0", ALLOW)).unwrap();
    let leave = leave(&bank, "1.3.0", "1.0.0");
    let back = says("rule", "1.0.0", ALLOW).rollback(leave);
    host.bind(&bank, back.clone()).unwrap();
    // Again, as after a restart with the same settings.
    host.bind(&bank, back).unwrap();
    let between = host.bind(&bank, says("rule", "1.2.0", ALLOW)).unwrap_err();
    assert!(matches!(
        untrusted(between),
        VerifyError::LowerVersion { .. }
    ));
    host.bind(&bank, says("rule", "1.3.0", ALLOW)).unwrap();
}

#[test]
fn a_revocation_reaches_the_base_layer_and_components() {
    let (host, bank) = bank();
    let base = host.bind_base(says("base", "1.0.0", ALLOW)).unwrap();
    host.bind(&bank, spec_of_other("rule")).unwrap();
    let request = request(250);
    assert_eq!(
        host.evaluate(&bank, &request).unwrap().decision.effect,
        Effect::Allow
    );
    let next = update(&host.keyring().unwrap(), |document| {
        document.revoked_components.insert(base.component);
    });
    let stopped = host.update_keyring(&next, None, "anna", None).unwrap();
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert!(stopped[0].tenant.is_base());
    assert_eq!(
        host.evaluate(&bank, &request).unwrap().decision.effect,
        Effect::Deny
    );
}

/// A policy that allows, of another component than `effect`.
fn spec_of_other(policy: &str) -> BindingSpec {
    crate::fixture::spec(policy, "1.0.0", "ordinary", r#"{"limit": 300}"#)
}

#[test]
fn a_wall_clock_that_jumps_freezes_expiry_and_says_so() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let mut document = keyring().document().clone();
    let author = key(1);
    let mut trusted = TrustedKey::new("author", Scope::All);
    trusted.validity.not_after_unix_ms = Some(UnixMs(NOW_MS + 60_000));
    document.keys.insert(author.public(), trusted);
    let host = builder()
        .clock(clock.clone())
        .keyring(Keyring::new(document).unwrap())
        .build()
        .unwrap();
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host.bind(&bank, allows(signed(&author, "1.0.0"))).unwrap();
    assert_eq!(host.clock_jump(), None);

    // A year ahead at once: the key does not expire by that, and the operator is told.
    clock.jump_wall(NOW_MS + 365 * 86_400_000);
    assert!(host.clock_jump().is_some());
    host.bind(&bank, allows(signed(&author, "1.0.1"))).unwrap();
    // Somebody looks and says that it is right: now the key has expired.
    host.accept_clock("anna").unwrap();
    assert_eq!(host.clock_jump(), None);
    let refused = host
        .bind(&bank, allows(signed(&author, "1.0.2")))
        .unwrap_err();
    assert!(matches!(untrusted(refused), VerifyError::ExpiredKey { .. }));
    // What was admitted runs on.
    assert_eq!(
        host.evaluate(&bank, &request(250)).unwrap().decision.effect,
        Effect::Allow
    );
}

#[test]
fn a_manifest_holds_its_component_its_limits_and_its_parameters() {
    let (host, bank) = bank();
    let component = guest("effect");
    let of = |change: &dyn Fn(&mut lictor::Manifest)| {
        let version = "1.0.0".parse().unwrap();
        let mut manifest = manifest("rule".parse().unwrap(), version, &component);
        change(&mut manifest);
        allows(Fetched::new(component.clone(), manifest, harness::key()).unwrap())
    };
    let refusal = |spec| match host.bind(&bank, spec).unwrap_err() {
        BindError::Refused { refusal, .. } => *refusal,
        other => panic!("{other}"),
    };
    let import = refusal(of(&|manifest| {
        manifest.imports.clear();
    }));
    assert!(
        matches!(import, Refusal::ImportNotAllowed { .. }),
        "{import}"
    );
    let contract = refusal(of(&|manifest| manifest.contract = "0.9.0".parse().unwrap()));
    assert!(
        matches!(contract, Refusal::ManifestContract { .. }),
        "{contract}"
    );

    let greedy = of(&|manifest| {
        manifest.limits = WantedLimits {
            fuel: Some(20_000_000),
            ..WantedLimits::default()
        }
    });
    let refused = host.bind(&bank, greedy.clone()).unwrap_err();
    assert!(refused.to_string().contains("fuel"), "{refused}");
    let granted = Limits {
        fuel: 30_000_000,
        ..Limits::default()
    };
    host.bind(&bank, greedy.limits(granted)).unwrap();

    let schema = br#"{"type": "object", "properties": {"effect": {"maximum": 0}}}"#;
    let refused = host
        .bind(
            &bank,
            of(&|manifest| {
                manifest.parameters = Some(lictor::ParameterSchema::parse(schema).unwrap())
            }),
        )
        .unwrap_err();
    assert!(
        matches!(&refused, BindError::Parameters { detail, .. } if detail.contains("effect")),
        "{refused}"
    );
}
