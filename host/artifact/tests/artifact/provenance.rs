//! Provenance travels along and decides nothing.

use lictor_artifact::Fetched;

use crate::forge::{self, MANIFEST, PAYLOAD_TYPE, component, statement, usual};
use crate::world::*;

fn provenance(change: impl Fn(String) -> String) -> String {
    change(format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"policy.wasm","digest":{{"sha256":"{}"}}}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{{"buildDefinition":{{"buildType":"https://example.com/build","externalParameters":{{}}}}, "runDetails":{{"builder":{{"id":"https://example.com/builder"}}}}}}}}"#,
        forge::sha256(&component())
    ))
}

fn file(provenance: &str, signature: impl Fn() -> String) -> Vec<u8> {
    let statement = statement(&component(), MANIFEST);
    let first = forge::envelope(PAYLOAD_TYPE, statement.as_bytes(), &[AUTHOR]);
    let second = forge::envelope_of(PAYLOAD_TYPE, provenance.as_bytes(), &[signature()]);
    forge::file(&component(), &format!("[{first},{second}]"))
}

fn signed_by(seed: u8, provenance: &str) -> Vec<u8> {
    file(provenance, || {
        forge::signature(PAYLOAD_TYPE, provenance.as_bytes(), seed)
    })
}

#[test]
fn it_is_carried_and_shown_and_changes_no_identity() {
    let text = provenance(|text| text);
    let verified = verify(&signed_by(SECOND_AUTHOR, &text), &keyring()).unwrap();
    let plain = verify(&usual(&[AUTHOR]), &keyring()).unwrap();
    assert_eq!(verified.artifact(), plain.artifact());
    assert_eq!(verified.signers(), plain.signers());
    let (shown, signers) = verified.provenance().unwrap();
    assert!(
        shown
            .predicate()
            .to_json()
            .contains("https://example.com/builder")
    );
    assert_eq!(signers, [key(SECOND_AUTHOR).id()]);
    assert!(plain.provenance().is_none());
    // Attached by the library, it is the same file.
    let mut fetched = Fetched::parse(usual(&[AUTHOR]), FILE_BYTES_MAX).unwrap();
    fetched
        .attach_provenance(text.clone().into_bytes(), &key(SECOND_AUTHOR))
        .unwrap();
    assert_eq!(fetched.to_bytes(), signed_by(SECOND_AUTHOR, &text));
}

#[test]
fn it_vouches_for_nothing() {
    let text = provenance(|text| text);
    // Nobody known signed it: it is shown so.
    let verified = verify(&signed_by(STRANGER, &text), &keyring()).unwrap();
    assert_eq!(verified.provenance().unwrap().1, []);
    // Its signature isn't one over the policy's statement.
    let statement = statement(&component(), MANIFEST);
    let first = forge::envelope(PAYLOAD_TYPE, statement.as_bytes(), &[STRANGER]);
    let second = forge::envelope(PAYLOAD_TYPE, text.as_bytes(), &[AUTHOR]);
    let alone = forge::file(&component(), &format!("[{first},{second}]"));
    assert!(
        verify(&alone, &keyring())
            .unwrap_err()
            .contains("no key that the keyring knows")
    );
    let instead = forge::file(&component(), &format!("[{second}]"));
    assert!(verify(&instead, &keyring()).is_err());
}

#[test]
fn a_known_keys_bad_signature_over_it_refuses_the_file() {
    let text = provenance(|text| text);
    let bad = file(&text, || {
        forge::signature(PAYLOAD_TYPE, b"other", SECOND_AUTHOR)
    });
    let told = verify(&bad, &keyring()).unwrap_err();
    assert!(told.contains("over the provenance is bad"), "{told}");
}

#[test]
fn it_is_about_this_component_and_of_this_type() {
    for (from, to, message) in [
        (
            forge::sha256(&component()),
            forge::sha256(b"other"),
            "another component",
        ),
        (
            "\"sha256\"".to_owned(),
            "\"sha512\"".to_owned(),
            "no in-toto statement",
        ),
        (
            "\"}}],".to_owned(),
            format!("\",\"blake3\":\"{}\"}}}}],", forge::blake3(b"other")),
            "another component",
        ),
        (
            "provenance/v1".to_owned(),
            "provenance/v0.2".to_owned(),
            "must be",
        ),
        (
            "Statement/v1".to_owned(),
            "Statement/v0.1".to_owned(),
            "must be",
        ),
        (
            "\"runDetails\"".to_owned(),
            "\"buildDefinition\"".to_owned(),
            "buildDefinition",
        ),
        ("[{".to_owned(), "[{},{".to_owned(), "no in-toto statement"),
        (
            "{}}".to_owned(),
            format!("{}{}}}", "[".repeat(70), "]".repeat(70)),
            "deep",
        ),
    ] {
        let changed = provenance(|text| text.replacen(&from, &to, 1));
        assert_ne!(changed, provenance(|text| text), "{from}");
        let told = verify(&signed_by(AUTHOR, &changed), &keyring()).unwrap_err();
        assert!(told.contains(message), "{told}");
    }
    let told = verify(&signed_by(AUTHOR, "[1]"), &keyring()).unwrap_err();
    assert!(told.contains("isn't an object"), "{told}");
    let long = provenance(|text| text.replacen("{}", &format!("\"{}\"", "x".repeat(270_000)), 1));
    let told = verify(&signed_by(AUTHOR, &long), &keyring()).unwrap_err();
    assert!(told.contains("262144 bytes at most"), "{told}");
}
