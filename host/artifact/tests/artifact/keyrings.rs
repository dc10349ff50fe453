//! Keyrings that follow one another, and what may go back.

use lictor_artifact::{
    Admission, KEYRING_BYTES_MAX, Keyring, KeyringDocument, KeyringError, Rollback, RollbackClaim,
    RollbackError, SignedKeyring, SignedRollback, UnixMs, UpdateError, Validity,
};
use lictor_policy::Version;

use crate::forge::{self, usual};
use crate::world::*;

fn version(version: u64) -> Keyring {
    let mut document = document();
    document.version = version;
    Keyring::new(document).unwrap()
}

fn signed(keyring: Keyring, seeds: &[u8]) -> SignedKeyring {
    let (first, others) = seeds.split_first().unwrap();
    let mut signed = SignedKeyring::new(keyring, &key(*first)).unwrap();
    for seed in others {
        signed.sign(&key(*seed)).unwrap();
    }
    let text = signed.to_bytes();
    let read = SignedKeyring::parse(&text).unwrap();
    assert_eq!(read.to_bytes(), text);
    read
}

fn two_operators() -> Keyring {
    let mut document = document();
    document.update_threshold = 2;
    Keyring::new(document).unwrap()
}

#[test]
fn an_update_is_newer_and_signed_by_operators() {
    let old = keyring();
    let next = old
        .update(&signed(version(6), &[OPERATOR]), NOW, None)
        .unwrap();
    assert_eq!(next.version(), 6);
    for same_or_older in [5, 4, 1] {
        assert!(matches!(
            old.update(&signed(version(same_or_older), &[OPERATOR]), NOW, None),
            Err(UpdateError::Version { current: 5, .. })
        ));
    }
    for seed in [AUTHOR, REVOKED, EXPIRED, STRANGER, FORGOTTEN] {
        assert!(matches!(
            old.update(&signed(version(6), &[seed]), NOW, None),
            Err(UpdateError::Threshold {
                needed: 1,
                counted: 0,
                ..
            })
        ));
    }
}

#[test]
fn the_old_keyring_says_who_signs_and_how_many() {
    let old = two_operators();
    let told = |seeds: &[u8]| old.update(&signed(version(6), seeds), NOW, None).err();
    assert_eq!(told(&[OPERATOR, SECOND_OPERATOR]), None);
    assert!(matches!(
        told(&[OPERATOR]),
        Some(UpdateError::Threshold { counted: 1, .. })
    ));
    assert!(matches!(
        told(&[OPERATOR, AUTHOR]),
        Some(UpdateError::Threshold { counted: 1, .. })
    ));
    // A key that the new keyring alone trusts vouches for nothing.
    let mut document = version(6).document().clone();
    document.keys.insert(
        key(STRANGER).public(),
        lictor_artifact::TrustedKey::operator("intruder"),
    );
    let intruder = signed(Keyring::new(document).unwrap(), &[STRANGER]);
    assert!(matches!(
        keyring().update(&intruder, NOW, None),
        Err(UpdateError::Threshold { counted: 0, .. })
    ));
}

#[test]
fn operators_keys_expire_and_are_revoked_like_others() {
    let edited = |edit: &dyn Fn(&mut KeyringDocument)| {
        let mut document = document();
        edit(&mut document);
        Keyring::new(document).unwrap()
    };
    let operator = key(OPERATOR).id();
    let revoked = edited(&|document| {
        document.revoked_keys.insert(operator);
    });
    let expired = edited(&|document| {
        document.keys.get_mut(&operator).unwrap().validity = Validity {
            not_before_unix_ms: None,
            not_after_unix_ms: Some(UnixMs(NOW.0 - 1)),
        };
    });
    for old in [revoked, expired] {
        let update = signed(version(6), &[OPERATOR]);
        assert!(matches!(
            old.update(&update, NOW, None),
            Err(UpdateError::Threshold { .. })
        ));
    }
}

#[test]
fn a_bad_signature_of_a_known_key_refuses_the_update() {
    let payload = version(6).to_bytes();
    let kind = "application/vnd.lictor.keyring.v1+json";
    let mut signatures = vec![
        forge::signature(kind, &payload, OPERATOR),
        forge::signature(kind, b"another", SECOND_OPERATOR),
    ];
    signatures.sort();
    let text = forge::envelope_of(kind, &payload, &signatures);
    let update = SignedKeyring::parse(text.as_bytes()).unwrap();
    assert_eq!(
        keyring().update(&update, NOW, None),
        Err(UpdateError::BadSignature(key(SECOND_OPERATOR).id()))
    );
    // The bare document, or a document signed as something else, is no update.
    assert!(SignedKeyring::parse(&payload).is_err());
    let other = forge::envelope("application/vnd.in-toto+json", &payload, &[OPERATOR]);
    assert!(SignedKeyring::parse(other.as_bytes()).is_err());
}

fn rollback(
    claim: RollbackClaim,
    seeds: &[u8],
    keyring: &Keyring,
) -> Result<Rollback, RollbackError> {
    let (first, others) = seeds.split_first().unwrap();
    let mut signed = SignedRollback::new(claim, &key(*first)).unwrap();
    for seed in others {
        signed.sign(&key(*seed)).unwrap();
    }
    let text = signed.to_bytes();
    let read = SignedRollback::parse(&text)?;
    assert_eq!(read.to_bytes(), text);
    keyring.check_rollback(&read, NOW)
}

fn of_policy(from: &str, to: &str) -> RollbackClaim {
    RollbackClaim::Policy {
        tenant: tenant("bank"),
        policy: policy("spend-limit"),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        not_after_unix_ms: NOW,
    }
}

#[test]
fn a_lower_version_needs_an_operators_word_about_exactly_it() {
    let (keyring, bank) = (keyring(), tenant("bank"));
    let highest = Version::new(2, 0, 0);
    let install = |rollback: &Rollback| {
        let admission = Admission::new(&bank, NOW)
            .highest_seen(Some(&highest))
            .rollback(Some(rollback));
        verify_for(&usual(&[AUTHOR]), &keyring, admission)
    };
    let right = rollback(of_policy("2.0.0", "1.2.0"), &[OPERATOR], &keyring).unwrap();
    assert_eq!(install(&right).unwrap().rollback(), Some(right.digest()));
    let mut others = vec![of_policy("2.0.1", "1.2.0"), of_policy("2.0.0", "1.1.0")];
    for (wrong_tenant, wrong_policy) in [("shop", "spend-limit"), ("bank", "other")] {
        others.push(RollbackClaim::Policy {
            tenant: tenant(wrong_tenant),
            policy: policy(wrong_policy),
            from: highest.clone(),
            to: Version::new(1, 2, 0),
            not_after_unix_ms: NOW,
        });
    }
    others.push(RollbackClaim::Keyring {
        from: 5,
        to: 4,
        digest: keyring.digest(),
        not_after_unix_ms: NOW,
    });
    for claim in others {
        let wrong = rollback(claim, &[OPERATOR], &keyring).unwrap();
        assert!(
            install(&wrong)
                .unwrap_err()
                .contains("doesn't allow going from 2.0.0 to 1.2.0")
        );
    }
    // Where none is needed, none is used up.
    let admission = Admission::new(&bank, NOW).rollback(Some(&right));
    let verified = verify_for(&usual(&[AUTHOR]), &keyring, admission).unwrap();
    assert_eq!(verified.rollback(), None);
}

#[test]
fn a_rollback_is_signed_by_operators_and_ends() {
    let told = |seeds: &[u8], keyring: &Keyring| {
        rollback(of_policy("2.0.0", "1.2.0"), seeds, keyring).err()
    };
    assert_eq!(told(&[OPERATOR], &keyring()), None);
    assert!(matches!(
        told(&[AUTHOR], &keyring()),
        Some(RollbackError::Threshold { .. })
    ));
    assert!(matches!(
        told(&[OPERATOR], &two_operators()),
        Some(RollbackError::Threshold { .. })
    ));
    assert_eq!(told(&[OPERATOR, SECOND_OPERATOR], &two_operators()), None);
    let claim = of_policy("2.0.0", "1.2.0");
    let signed = SignedRollback::new(claim, &key(OPERATOR)).unwrap();
    let later = keyring().check_rollback(&signed, UnixMs(NOW.0 + 1));
    assert_eq!(later, Err(RollbackError::Expired(NOW)));
    let kind = "application/vnd.lictor.rollback.v1+json";
    for text in [
        r#"{"kind":"policy","tenant":"bank","policy":"p","from":"2.0.0","to":"1.0.0","not_after_unix_ms":1,"x":1}"#,
        r#"{"kind":"policy","tenant":"bank","policy":"p","from":"2.0.0","to":"1.0.0"}"#,
        r#"{"kind":"policy", "tenant":"bank","policy":"p","from":"2.0.0","to":"1.0.0","not_after_unix_ms":1}"#,
        r#"{"kind":"everything","not_after_unix_ms":1}"#,
    ] {
        let envelope = forge::envelope(kind, text.as_bytes(), &[OPERATOR]);
        assert!(
            matches!(
                SignedRollback::parse(envelope.as_bytes()),
                Err(RollbackError::Shape(_))
            ),
            "{text}"
        );
    }
}

#[test]
fn an_older_keyring_needs_an_operators_word_about_exactly_it() {
    let (current, older) = (keyring(), version(4));
    let claim = |from, to, keyring: &Keyring| RollbackClaim::Keyring {
        from,
        to,
        digest: keyring.digest(),
        not_after_unix_ms: NOW,
    };
    let update = signed(older.clone(), &[OPERATOR]);
    let right = rollback(claim(5, 4, &older), &[OPERATOR], &current).unwrap();
    assert_eq!(
        current.update(&update, NOW, Some(&right)),
        Ok(older.clone())
    );
    for claim in [
        claim(6, 4, &older),
        claim(5, 3, &older),
        claim(5, 4, &current),
        of_policy("2.0.0", "1.2.0"),
    ] {
        let wrong = rollback(claim, &[OPERATOR], &current).unwrap();
        assert_eq!(
            current.update(&update, NOW, Some(&wrong)),
            Err(UpdateError::OtherRollback { current: 5 })
        );
    }
    // It frees nobody from signing the keyring itself.
    let unsigned = signed(older, &[AUTHOR]);
    assert!(matches!(
        current.update(&unsigned, NOW, Some(&right)),
        Err(UpdateError::Threshold { .. })
    ));
}

#[test]
fn a_keyring_has_one_encoding_and_bounds() {
    let good = String::from_utf8(keyring().to_bytes()).unwrap();
    assert_eq!(Keyring::parse(good.as_bytes()), Ok(keyring()));
    let (author, shop) = (key(AUTHOR).id().to_string(), key(OF_SHOP).id().to_string());
    for (from, to) in [
        ("{\"format\":1", "{ \"format\":1"),
        ("\"version\":5", "\"version\":5,\"version\":5"),
        ("\"version\":5", "\"version\":5,\"extra\":0"),
        ("\"version\":5", "\"version\":5.0"),
        ("\"version\":5", "\"version\":0"),
        ("\"format\":1", "\"format\":2"),
        ("\"updates\":false", "\"updates\":false,\"extra\":0"),
        ("[\"bank\"]", "[\"bank\",\"bank\"]"),
        ("[\"bank\"]", "[\"bank\",\"*\"]"),
        ("[\"bank\"]", "[\"Bank\"]"),
        ("[\"*\"]", "[\"*\",\"*\"]"),
        ("\"update_threshold\":1", "\"update_threshold\":0"),
        ("\"update_threshold\":1", "\"update_threshold\":3"),
        ("\"thresholds\":{}", "\"thresholds\":{\"bank\":0}"),
        ("\"thresholds\":{}", "\"thresholds\":{\"bank\":17}"),
        (
            "\"thresholds\":{}",
            "\"thresholds\":{\"bank\":1,\"bank\":1}",
        ),
        ("\"owner\":\"author\"", "\"owner\":\"\""),
        ("\"owner\":\"author\"", "\"owner\":\"a\\nb\""),
        // One key twice, and a key that is no point of the curve.
        (shop.as_str(), author.as_str()),
        (
            &author,
            "ed25519:0200000000000000000000000000000000000000000000000000000000000000",
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(Keyring::parse(bad.as_bytes()).is_err(), "{from} as {to}");
    }
    let long = " ".repeat(KEYRING_BYTES_MAX + 1);
    assert_eq!(Keyring::parse(long.as_bytes()), Err(KeyringError::TooLarge));
}

#[test]
fn a_keyring_that_trusts_nobody_is_one() {
    let nobody = Keyring::new(KeyringDocument::empty()).unwrap();
    assert_eq!(Keyring::parse(&nobody.to_bytes()), Ok(nobody.clone()));
    assert!(verify(&usual(&[AUTHOR]), &nobody).is_err());
    // Nobody can update it either.
    let update = signed(version(6), &[OPERATOR]);
    assert!(nobody.update(&update, NOW, None).is_err());
}

#[test]
fn nothing_but_its_version_and_size_is_logged() {
    assert_eq!(format!("{:?}", keyring()), "Keyring(version 5, 9 keys)");
}
