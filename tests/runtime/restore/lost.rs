//! What can't be restored, or may not run any more: it makes nobody's answer milder.

use super::*;

#[test]
fn a_policy_whose_file_is_damaged_answers_with_a_fault() {
    for base in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (host, bank, shop) = founded(folder.path());
        let owner = if base {
            TenantName::base()
        } else {
            bank.clone()
        };
        let bind = |host: &Host| match base {
            true => host.bind_base(says("rule", "1.0.0", ABSTAIN)),
            false => host.bind(&bank, says("rule", "1.0.0", ABSTAIN)),
        };
        let bound = bind(&host).unwrap();
        drop(host);
        let file = file_of(folder.path(), Shelf::Artifacts);
        let whole = fs::read(&file).unwrap();
        for missing in [false, true] {
            if missing {
                fs::remove_file(&file).unwrap();
            } else {
                damage(&file);
            }
            let host = start(folder.path());
            // Without the policy, the answer would be to allow.
            assert_eq!(effect(&host, &bank), Effect::Deny);
            let others = if base { Effect::Deny } else { Effect::Allow };
            assert_eq!(effect(&host, &shop), others);
            assert!(matches!(fault_of(&host, &bank), Fault::NotRestored { .. }));
            let troubles = host.troubles();
            assert_eq!(troubles.len(), 1, "{troubles:?}");
            assert_eq!(troubles[0].tenant, owner);
            assert_eq!(troubles[0].what, Troubled::Policy("rule".parse().unwrap()));
            let said = troubles[0].to_string();
            let file_name = file.strip_prefix(folder.path()).unwrap();
            assert!(said.contains(file_name.to_str().unwrap()), "{said}");
            assert!(said.contains("bind it again"), "{said}");
        }
        // Bound again, it is as before, also after another start.
        let host = start(folder.path());
        assert_eq!(bind(&host).unwrap(), bound);
        assert_eq!(host.troubles(), []);
        assert_eq!(effect(&host, &bank), Effect::Allow);
        drop(host);
        assert_eq!(fs::read(&file).unwrap(), whole);
        assert_eq!(effect(&start(folder.path()), &bank), Effect::Allow);
    }
}

#[test]
fn a_policy_that_is_not_restored_can_be_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank, _) = founded(folder.path());
    host.bind(&bank, says("rule", "1.0.0", ABSTAIN)).unwrap();
    drop(host);
    damage(&file_of(folder.path(), Shelf::Artifacts));
    let host = start(folder.path());
    host.unbind(&bank, &"rule".parse().unwrap()).unwrap();
    assert_eq!(host.troubles(), []);
    assert_eq!(effect(&host, &bank), Effect::Allow);
}

#[test]
fn a_condition_holds_for_a_policy_that_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank, _) = founded(folder.path());
    let refunds: Condition =
        serde_json::from_str(r#"{"attribute":"/action/name","one_of":["refund"]}"#).unwrap();
    host.bind(&bank, says("rule", "1.0.0", DENY).applies_when([refunds]))
        .unwrap();
    drop(host);
    damage(&file_of(folder.path(), Shelf::Artifacts));
    assert_eq!(effect(&start(folder.path()), &bank), Effect::Allow);
}

#[test]
fn a_missing_document_stops_every_policy_that_may_read_it() {
    for base in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (host, bank, shop) = founded(folder.path());
        host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
        host.bind_base(says("guard", "1.0.0", ABSTAIN)).unwrap();
        let put = |host: &Host| match base {
            true => host.put_base_data(name("forbidden"), b"[1]"),
            false => host.put_data(&bank, name("forbidden"), b"[1]"),
        };
        put(&host).unwrap();
        drop(host);
        damage(&file_of(folder.path(), Shelf::Documents));

        let host = start(folder.path());
        let outcome = host.evaluate(&bank, &request(250)).unwrap();
        assert_eq!(outcome.decision.effect, Effect::Deny);
        let faulted = outcome
            .policies
            .iter()
            .map(|it| it.verdict.fault().is_some());
        // The base layer may read a tenant's documents, a tenant not the operator's.
        assert_eq!(faulted.collect::<Vec<_>>(), [true, !base]);
        let others = if base { Effect::Deny } else { Effect::Allow };
        assert_eq!(effect(&host, &shop), others);
        let troubles = host.troubles();
        assert_eq!(troubles[0].what, Troubled::Document(name("forbidden")));
        assert!(troubles[0].to_string().contains("put it again"));
        let owner = if base {
            TenantName::base()
        } else {
            bank.clone()
        };
        let refused = host.data(&owner, &name("forbidden")).unwrap_err();
        assert!(
            matches!(refused, HostError::MissingDocument { .. }),
            "{refused}"
        );
        let refused = host
            .patch_data(&owner, &name("forbidden"), b"{}")
            .unwrap_err();
        assert!(
            matches!(refused, HostError::MissingDocument { .. }),
            "{refused}"
        );
        put(&host).unwrap();
        assert_eq!(host.troubles(), []);
        assert_eq!(effect(&host, &bank), Effect::Allow);
        drop(host);
        assert_eq!(start(folder.path()).troubles(), []);
    }
}

#[test]
fn what_was_revoked_while_the_host_was_down_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank, shop) = founded(folder.path());
    let bound = host.bind(&bank, says("rule", "1.0.0", ABSTAIN)).unwrap();
    host.bind(&shop, says("other", "1.0.0", ALLOW)).unwrap();
    drop(host);

    let now = Now {
        wall: lictor::UnixMs(NOW_MS),
        monotonic: std::time::Duration::ZERO,
    };
    let mut trust = Trust::open(open(folder.path()), now).unwrap();
    let mut document = keyring().document().clone();
    document.version += 1;
    document.revoked_artifacts.insert(bound.artifact);
    let next = SignedKeyring::new(Keyring::new(document).unwrap(), harness::key()).unwrap();
    trust.update(&next, None, now, "anna", None).unwrap();
    drop(trust);

    let host = start(folder.path());
    assert_eq!(effect(&host, &bank), Effect::Deny);
    assert_eq!(effect(&host, &shop), Effect::Allow);
    let troubles = host.troubles();
    assert_eq!(troubles.len(), 1);
    assert!(troubles[0].detail.contains("revoked"), "{}", troubles[0]);
    let refused = host
        .bind(&bank, says("rule", "1.0.0", ABSTAIN))
        .unwrap_err();
    assert!(
        matches!(&refused, BindError::Untrusted { source, .. } if matches!(**source, TrustError::Verify(_))),
        "{refused}"
    );
}

#[test]
fn what_was_admitted_runs_on_when_its_keys_have_expired() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank, _) = founded(folder.path());
    host.bind(&bank, says("rule", "1.0.0", REVIEW)).unwrap();
    drop(host);
    let later = Arc::new(ManualClock::at(NOW_MS + 40 * 365 * 86_400_000));
    let host = on(folder.path()).clock(later).build().unwrap();
    assert_eq!(effect(&host, &bank), Effect::Review);
}

#[test]
fn settings_that_cannot_be_understood_are_the_strict_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank, shop) = founded(folder.path());
    drop(host);
    let store = open(folder.path());
    let strange = KnownTenant {
        tenant: bank.clone(),
        settings: serde_json::from_str(r#"{"default_effect": "perhaps"}"#).unwrap(),
    };
    let change = lictor_state::Change::new(0, "anna", "by hand").put(&strange);
    store.commit(&change).unwrap();
    drop(store);
    let host = start(folder.path());
    assert_eq!(effect(&host, &bank), Effect::Deny);
    assert_eq!(effect(&host, &shop), Effect::Allow);
    assert_eq!(host.troubles()[0].what, Troubled::Settings);
    host.set_tenant(&bank, TenantSettings::default()).unwrap();
    assert_eq!(host.troubles(), []);
}
