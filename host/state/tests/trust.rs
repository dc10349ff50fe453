//! Whom a host trusts, without a host: what is verified beside its guard, and what is remembered of what was admitted.
#![cfg(test)]

use std::path::Path;
use std::time::Duration;

use lictor_artifact::{
    Fetched, Keyring, KeyringDocument, Manifest, PrivateKey, Scope, SignedKeyring, TrustedKey,
    UnixMs, VerifyError,
};
use lictor_policy::{TenantName, Version};
use lictor_state::{
    Arrival, Candidate, Change, Now, POLICIES_SEEN_MAX, STORE_FILE, Store, TEXT_BYTES_MAX, Trust,
    TrustError,
};

fn at(unix_ms: u64) -> Now {
    Now {
        wall: UnixMs(unix_ms),
        monotonic: Duration::from_millis(unix_ms),
    }
}

fn now() -> Now {
    at(1_700_000_000_000)
}

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

fn bank() -> TenantName {
    "bank".parse().unwrap()
}

/// A keyring in which key 1 signs everything and key 9 the keyring.
fn document() -> KeyringDocument {
    let mut document = KeyringDocument::empty();
    let author = TrustedKey::new("author", Scope::All);
    document.keys.insert(key(1).public(), author);
    let operator = TrustedKey::operator("operator");
    document.keys.insert(key(9).public(), operator);
    document
}

fn trust() -> Trust {
    Trust::in_memory(Keyring::new(document()).unwrap(), now())
}

fn signed(policy: &str, version: &str, keys: &[u8]) -> Fetched {
    let component = [&b"\0asm\x0d\0\x01\0"[..], &[0, 2, 1, b'n']].concat();
    let version: Version = version.parse().unwrap();
    let manifest = Manifest::new(policy.parse().unwrap(), version.clone(), version);
    let mut fetched = Fetched::new(component, manifest, &key(keys[0])).unwrap();
    for number in &keys[1..] {
        fetched.sign(&key(*number)).unwrap();
    }
    fetched
}

fn update(trust: &mut Trust, change: impl FnOnce(&mut KeyringDocument)) {
    let mut document = trust.keyring().unwrap().document().clone();
    document.version += 1;
    change(&mut document);
    let next = SignedKeyring::new(Keyring::new(document).unwrap(), &key(9)).unwrap();
    trust.update(&next, None, now(), "anna", None).unwrap();
}

fn admit(trust: &mut Trust, candidate: &Candidate, fetched: &Fetched) -> Result<(), TrustError> {
    admit_at(trust, candidate, fetched, now())
}

fn admit_at(
    trust: &mut Trust,
    candidate: &Candidate,
    fetched: &Fetched,
    at: Now,
) -> Result<(), TrustError> {
    let arrival = Arrival {
        candidate,
        fetched,
        rollback: None,
    };
    trust.admit(&[arrival], at, Change::new(at.wall.0, "anna", "admit it"))
}

fn refusal(refused: Result<(), TrustError>) -> VerifyError {
    match refused.unwrap_err() {
        TrustError::Verify(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_verified_beside_the_guard_is_judged_by_what_holds_when_it_is_admitted() {
    let mut trust = trust();
    let fetched = signed("rule", "1.0.0", &[1]);
    // Nothing of `trust` is borrowed: it changes while the work goes on.
    let verification = trust.verification(&fetched, &bank(), now(), None).unwrap();
    update(&mut trust, |document| {
        document.revoked_keys.insert(key(1).id());
    });
    let candidate = verification.run().unwrap();
    assert!(!trust.is_current(&candidate));
    let refused = refusal(admit(&mut trust, &candidate, &fetched));
    assert!(matches!(refused, VerifyError::RevokedKey(_)), "{refused}");
}

#[test]
fn a_key_that_became_known_meanwhile_is_looked_at() {
    let mut trust = trust();
    // The signature of key 2 is one over other bytes.
    let mut bytes = signed("rule", "1.0.0", &[1, 2]).to_bytes();
    let id = key(2).id().to_string();
    let named = bytes.windows(id.len()).position(|it| it == id.as_bytes());
    let place = named.unwrap() + id.len() + "\",\"sig\":\"".len() + 10;
    bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
    let fetched = Fetched::parse(bytes, 1 << 20).unwrap();
    let candidate = trust.verify(&fetched, &bank(), now(), None).unwrap();
    assert!(trust.is_current(&candidate));
    update(&mut trust, |document| {
        let second = TrustedKey::new("second", Scope::All);
        document.keys.insert(key(2).public(), second);
    });
    let refused = refusal(admit(&mut trust, &candidate, &fetched));
    assert!(matches!(refused, VerifyError::BadSignature(_)), "{refused}");
}

#[test]
fn time_and_versions_gate_the_moment_of_admission() {
    let mut trust = trust();
    let (low, high) = (signed("rule", "1.0.0", &[1]), signed("rule", "2.0.0", &[1]));
    let first = trust.verify(&low, &bank(), now(), None).unwrap();
    let second = trust.verify(&high, &bank(), now(), None).unwrap();
    admit(&mut trust, &second, &high).unwrap();
    assert!(trust.is_current(&first), "the keyring is the same");
    let refused = refusal(admit(&mut trust, &first, &low));
    assert!(matches!(refused, VerifyError::LowerVersion { .. }));

    let mut ends = document();
    let author = ends.keys.get_mut(&key(1).public()).unwrap();
    author.validity.not_after_unix_ms = Some(now().wall);
    let mut trust = Trust::in_memory(Keyring::new(ends).unwrap(), now());
    let candidate = trust.verify(&low, &bank(), now(), None).unwrap();
    let later = at(now().wall.0 + 1);
    let refused = refusal(admit_at(&mut trust, &candidate, &low, later));
    assert!(
        matches!(refused, VerifyError::ExpiredKey { .. }),
        "{refused}"
    );
}

#[test]
fn what_a_keyring_would_stop_is_known_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Trust::open(Store::open_or_create(folder.path()).unwrap(), now()).unwrap();
    let mut trust = open();
    let keyring = Keyring::new(document()).unwrap();
    trust.found(keyring.clone(), now(), "anna").unwrap();
    let fetched = signed("rule", "1.0.0", &[1]);
    let candidate = trust.verify(&fetched, &bank(), now(), None).unwrap();
    admit(&mut trust, &candidate, &fetched).unwrap();
    drop(trust);

    let mut trust = open();
    assert_eq!(trust.stopped_by(&keyring), []);
    let mut stricter = document();
    stricter.thresholds.insert(bank(), 2);
    let stricter = Keyring::new(stricter).unwrap();
    let stopped = trust.stopped_by(&stricter);
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].0, *candidate.verified().admitted());
    assert!(matches!(stopped[0].1, VerifyError::Threshold { .. }));
    // What is stopped already isn't stopped again.
    update(&mut trust, |document| {
        document.thresholds.insert(bank(), 2);
    });
    assert_eq!(trust.stopped_by(&stricter), []);
}

/// What THREATS.md says of a folder that was restored from a copy, the bad and the good.
#[test]
fn an_older_copy_of_the_store_is_taken_and_the_newest_keyring_closes_the_gap() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = |folder: &Path| Trust::open(Store::open_or_create(folder).unwrap(), now()).unwrap();
    let mut trust = open(folder.path());
    let keyring = Keyring::new(document()).unwrap();
    trust.found(keyring, now(), "anna").unwrap();
    drop(trust);
    std::fs::copy(folder.path().join(STORE_FILE), copy.path().join(STORE_FILE)).unwrap();

    let mut revoking = document();
    revoking.version = 2;
    revoking.revoked_keys.insert(key(1).id());
    let newest = SignedKeyring::new(Keyring::new(revoking).unwrap(), &key(9)).unwrap();
    let mut trust = open(folder.path());
    trust.update(&newest, None, now(), "anna", None).unwrap();
    let fetched = signed("rule", "1.0.0", &[1]);
    trust.verify(&fetched, &bank(), now(), None).unwrap_err();

    let mut restored = open(copy.path());
    restored.verify(&fetched, &bank(), now(), None).unwrap();
    restored.update(&newest, None, now(), "anna", None).unwrap();
    restored.verify(&fetched, &bank(), now(), None).unwrap_err();
}

#[test]
fn the_journal_tells_which_keys_a_change_is_about_and_stays_short() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(folder.path()).unwrap();
    let mut trust = Trust::open(store, now()).unwrap();
    let keyring = Keyring::new(document()).unwrap();
    trust.found(keyring, now(), "anna").unwrap();
    update(&mut trust, |document| {
        document.revoked_keys.insert(key(1).id());
    });
    update(&mut trust, |document| {
        for number in 100..200 {
            let trusted = TrustedKey::new(format!("owner {number}"), Scope::All);
            document.keys.insert(key(number).public(), trusted);
        }
    });
    let journal = trust.store().unwrap().journal(0, 10).unwrap();
    let what: Vec<&str> = journal.iter().map(|entry| entry.what.as_str()).collect();
    assert!(what[0].starts_with("install the first keyring, version 1: trust "));
    let revoked = format!("replace keyring version 1 by 2: revoke {}", key(1).id());
    assert_eq!(what[1], revoked);
    assert!(what[2].len() <= TEXT_BYTES_MAX && what[2].len() > TEXT_BYTES_MAX / 2);
    let more = what[2].rsplit_once("; and ").unwrap().1;
    let told = what[2].matches("trust ed25519:").count();
    assert_eq!(more, format!("{} more", 100 - told));
}

#[test]
fn a_tenant_has_had_only_so_many_policies() {
    let mut trust = trust();
    for number in 0..POLICIES_SEEN_MAX {
        let fetched = signed(&format!("p{number}"), "1.0.0", &[1]);
        let candidate = trust.verify(&fetched, &bank(), now(), None).unwrap();
        admit(&mut trust, &candidate, &fetched).unwrap();
    }
    let more = signed("one-more", "1.0.0", &[1]);
    let candidate = trust.verify(&more, &bank(), now(), None).unwrap();
    let refused = admit(&mut trust, &candidate, &more).unwrap_err();
    assert!(
        matches!(refused, TrustError::TooManyPolicies { .. }),
        "{refused}"
    );
    // Another version of one that is known gets in, and so does another tenant's policy.
    let known = signed("p7", "1.1.0", &[1]);
    let candidate = trust.verify(&known, &bank(), now(), None).unwrap();
    admit(&mut trust, &candidate, &known).unwrap();
    for other in ["ban", "bank2"] {
        let other = other.parse().unwrap();
        let candidate = trust.verify(&more, &other, now(), None).unwrap();
        admit(&mut trust, &candidate, &more).unwrap();
    }
}
