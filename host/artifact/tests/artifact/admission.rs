//! What a good file gets by who signed it, when, and what was seen before.

use lictor_artifact::{Admission, Fetched, Keyring, KeyringDocument, UnixMs};
use lictor_policy::Version;

use crate::forge::usual;
use crate::refusals::row::with_statement;
use crate::world::*;

fn edited(edit: impl Fn(&mut KeyringDocument)) -> Keyring {
    let mut document = document();
    edit(&mut document);
    Keyring::new(document).unwrap()
}

#[test]
fn what_is_revoked_neither_comes_in_nor_stays() {
    let file = usual(&[AUTHOR]);
    let verified = verify(&file, &keyring()).unwrap();
    assert_eq!(keyring().recheck(&verified), Ok(()));
    let (artifact, component) = (verified.artifact(), verified.component_digest());
    let author = key(AUTHOR);
    for (edit, message) in [
        (
            &(|document: &mut KeyringDocument| document.revoked_artifacts = [artifact].into())
                as &dyn Fn(&mut KeyringDocument),
            "the artifact blake3:",
        ),
        (
            &|document| document.revoked_components = [component].into(),
            "the component blake3:",
        ),
        (
            &|document| {
                document.revoked_keys.insert(author.id());
            },
            "that signed it is revoked",
        ),
        (
            &|document| {
                document.keys.remove(&author.id());
            },
            "no key that the keyring knows",
        ),
        (
            &|document| {
                document.thresholds.insert(tenant("bank"), 2);
            },
            "2 keys must sign for this tenant, 1 did",
        ),
    ] {
        let keyring = edited(edit);
        let told = verify(&file, &keyring).unwrap_err();
        assert!(told.contains(message), "{told}");
        let told = keyring.recheck(&verified).unwrap_err().to_string();
        assert!(told.contains(message), "{told}");
    }
}

#[test]
fn time_gates_admission_alone() {
    let author = key(AUTHOR);
    let ended = edited(|document| {
        let trusted = document.keys.get_mut(&author.id()).unwrap();
        trusted.validity.not_after_unix_ms = Some(UnixMs(NOW.0 - 1));
    });
    let file = usual(&[AUTHOR]);
    let verified = verify(&file, &keyring()).unwrap();
    assert!(verify(&file, &ended).unwrap_err().contains("expired at"));
    // What is kept of it without its bytes is judged alike.
    assert_eq!(ended.recheck(&verified.admitted().clone()), Ok(()));
    let bank = tenant("bank");
    assert!(verify_for(&file, &ended, Admission::again(&bank)).is_ok());
    // Nothing else is let through at a restart.
    for seed in [STRANGER, OF_SHOP, OF_OTHER_POLICY, REVOKED] {
        assert!(verify_for(&usual(&[seed]), &ended, Admission::again(&bank)).is_err());
    }
}

#[test]
fn a_threshold_counts_keys_and_not_signatures() {
    let two = edited(|document| {
        document.thresholds.insert(tenant("bank"), 2);
    });
    let told = |seeds: &[u8]| verify(&usual(seeds), &two).unwrap_err();
    assert!(told(&[AUTHOR]).contains("2 keys must sign for this tenant, 1 did"));
    for other in [
        STRANGER,
        OF_SHOP,
        OF_OTHER_POLICY,
        EXPIRED,
        REVOKED,
        FORGOTTEN,
    ] {
        assert!(told(&[AUTHOR, other]).contains("1 did"), "{other}");
    }
    let verified = verify(&usual(&[AUTHOR, SECOND_AUTHOR]), &two).unwrap();
    assert_eq!(verified.signers().len(), 2);
    // Signing twice with one key adds nothing, and a file that holds a key twice isn't one.
    let mut fetched = Fetched::parse(usual(&[AUTHOR]), FILE_BYTES_MAX).unwrap();
    fetched.sign(&key(AUTHOR)).unwrap();
    assert_eq!(fetched.to_bytes(), usual(&[AUTHOR]));
    assert!(verify(&fetched.to_bytes(), &two).is_err());
    fetched.sign(&key(SECOND_AUTHOR)).unwrap();
    assert_eq!(fetched.to_bytes(), usual(&[SECOND_AUTHOR, AUTHOR]));
    assert!(verify(&fetched.to_bytes(), &two).is_ok());
    // Other tenants ask for one.
    assert_eq!(two.threshold(&tenant("shop")), 1);
}

#[test]
fn lower_versions_stay_out() {
    let (file, keyring, bank) = (usual(&[AUTHOR]), keyring(), tenant("bank"));
    let seen = |text: &str| {
        let highest: Version = text.parse().unwrap();
        verify_for(
            &file,
            &keyring,
            Admission::new(&bank, NOW).highest_seen(Some(&highest)),
        )
        .err()
    };
    // Which is higher follows semantic versioning: a pre-release is lower, a build is neither.
    for highest in ["1.1.9", "1.2.0", "1.2.0-rc.1", "1.2.0+build.9"] {
        assert_eq!(seen(highest), None, "{highest}");
    }
    for highest in ["1.2.1-rc.1", "1.2.1", "2.0.0"] {
        assert!(
            seen(highest)
                .unwrap()
                .contains("was seen and this is 1.2.0"),
            "{highest}"
        );
    }
    let floor = |text: &str| {
        edited(|document| {
            let floors = [(policy("spend-limit"), text.parse().unwrap())].into();
            document.floors = [(tenant("bank"), floors)].into();
        })
    };
    assert!(verify(&file, &floor("1.2.0")).is_ok());
    let told = verify(&file, &floor("1.2.1")).unwrap_err();
    assert!(told.contains("refuses versions below 1.2.1"), "{told}");
}

#[test]
fn a_component_that_imports_more_or_parameters_that_fit_less_are_refused() {
    let file = with_statement(|text| {
        text.replacen(
            "0\"]}",
            "0\"],\"parameters\":{\"required\":[\"limit\"]}}",
            1,
        )
    });
    let verified = verify(&file, &keyring()).unwrap();
    let manifest = verified.manifest();
    assert!(
        manifest
            .check_imports(["lictor:policy/request@0.1.0"])
            .is_ok()
    );
    let told = manifest
        .check_imports(["wasi:clocks/wall-clock@0.2.0"])
        .unwrap_err();
    assert_eq!(told.import, "wasi:clocks/wall-clock@0.2.0");
    let parameters = lictor_policy::Document::empty();
    let violations = manifest.check_parameters(&parameters).unwrap_err();
    assert_eq!(violations.len(), 1);
}
