//! The test vectors that `FORMAT.md` speaks of: golden files in `tests/vectors/`, made from the forge alone.
//!
//! `LICTOR_RENEW=1` writes them. They are read back from disk and judged by what `verdicts.json` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lictor_artifact::{
    Admission, Fetched, Keyring, PrivateKey, RollbackClaim, SignedKeyring, SignedRollback, UnixMs,
};
use lictor_policy::{TenantName, Version};
use serde::{Deserialize, Serialize};

use crate::forge::{self, MANIFEST, PAYLOAD_TYPE, component, statement, usual};
use crate::world::*;

/// What must come of one file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    file: String,
    why: String,
    keyring: String,
    tenant: TenantName,
    now_unix_ms: UnixMs,
    #[serde(skip_serializing_if = "Option::is_none")]
    highest_seen: Option<Version>,
    /// The artifact's digest where it is accepted, else null.
    artifact: Option<lictor_policy::Digest>,
    /// The check that refuses it, in this implementation's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut add = |name: &str, bytes: Vec<u8>| {
        files.insert(name.to_owned(), bytes);
    };
    for (name, seed) in [
        ("author", AUTHOR),
        ("second-author", SECOND_AUTHOR),
        ("operator", OPERATOR),
    ] {
        let pem = key(seed).to_pem().unwrap();
        add(&format!("keys/{name}.pem"), pem.as_bytes().to_vec());
        add(
            &format!("keys/{name}.pub"),
            format!("{}\n", key(seed).public()).into_bytes(),
        );
    }
    add("keyring.json", keyring().to_bytes());
    let two = two_authors();
    add(
        "keyring-6-two-authors.dsse.json",
        SignedKeyring::new(two.clone(), &key(OPERATOR))
            .unwrap()
            .to_bytes(),
    );
    add("keyring-6-two-authors.json", two.to_bytes());
    let claim = RollbackClaim::Policy {
        tenant: tenant("bank"),
        policy: policy("spend-limit"),
        from: Version::new(2, 0, 0),
        to: Version::new(1, 2, 0),
        not_after_unix_ms: NOW,
    };
    add(
        "rollback.dsse.json",
        SignedRollback::new(claim, &key(OPERATOR))
            .unwrap()
            .to_bytes(),
    );
    add("component.wasm", component());
    for (file, bytes, _) in artifacts() {
        add(&format!("artifacts/{file}.wasm"), bytes);
    }
    files
}

fn two_authors() -> Keyring {
    let mut document = document();
    document.version = 6;
    document.thresholds.insert(tenant("bank"), 2);
    Keyring::new(document).unwrap()
}

fn artifacts() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let component = component();
    let text = statement(&component, MANIFEST);
    let full = format!(
        r#"{MANIFEST},"limits":{{"fuel":1000000,"memory_bytes":1048576}},"parameters":{{"properties":{{"limit":{{"minimum":0,"type":"integer"}}}},"required":["limit"],"type":"object"}},"validity":{{"not_before_unix_ms":1799999999999,"not_after_unix_ms":1800000000001}}"#
    );
    let mut other = component.clone();
    other.extend_from_slice(b"\0\x05\x04more");
    let bad = forge::signature(PAYLOAD_TYPE, b"something else", SECOND_AUTHOR);
    let mut beside = vec![forge::signature(PAYLOAD_TYPE, text.as_bytes(), AUTHOR), bad];
    beside.sort();
    let beside = forge::envelope_of(PAYLOAD_TYPE, text.as_bytes(), &beside);
    let mut after = usual(&[AUTHOR]);
    forge::section(&mut after, 0, b"\x04note");
    let spaced = statement(&component, MANIFEST).replacen(':', ": ", 1);
    vec![
        ("good", usual(&[AUTHOR]), "one signature that counts"),
        (
            "good-two-authors",
            usual(&[AUTHOR, SECOND_AUTHOR]),
            "the same artifact with two",
        ),
        (
            "good-full",
            forge::signed(&component, &statement(&component, &full), &[AUTHOR]),
            "every member of a manifest",
        ),
        ("unsigned", component.clone(), "no signature section"),
        (
            "unknown-key",
            usual(&[STRANGER]),
            "only a key that the keyring doesn't name",
        ),
        (
            "expired-key",
            usual(&[EXPIRED]),
            "only a key that is no longer valid",
        ),
        ("revoked-key", usual(&[REVOKED]), "only a revoked key"),
        (
            "other-tenant",
            usual(&[OF_SHOP]),
            "only a key of another tenant",
        ),
        (
            "other-policy",
            usual(&[OF_OTHER_POLICY]),
            "only a key that signs another policy",
        ),
        (
            "bad-beside-good",
            forge::file(&component, &format!("[{beside}]")),
            "a known key's bad signature beside a good one",
        ),
        ("section-after", after, "a section after the signature"),
        (
            "other-component",
            forge::signed(&component, &statement(&other, MANIFEST), &[AUTHOR]),
            "a statement about other bytes",
        ),
        (
            "spaced-statement",
            forge::signed(&component, &spaced, &[AUTHOR]),
            "white space in the statement",
        ),
    ]
}

fn verdicts(files: &BTreeMap<String, Vec<u8>>) -> Vec<Verdict> {
    let mut cases: Vec<(String, String, &str, &str, Option<Version>)> = Vec::new();
    for (file, _, why) in artifacts() {
        cases.push((
            file.to_owned(),
            why.to_owned(),
            "keyring.json",
            "bank",
            None,
        ));
    }
    let mut add = |file: &str, why: &str, keyring, tenant, highest: Option<&str>| {
        let highest = highest.map(|text| text.parse().unwrap());
        cases.push((file.to_owned(), why.to_owned(), keyring, tenant, highest));
    };
    add(
        "good",
        "the author may not sign for this tenant",
        "keyring.json",
        "shop",
        None,
    );
    add(
        "good",
        "one of two signatures",
        "keyring-6-two-authors.json",
        "bank",
        None,
    );
    add(
        "good-two-authors",
        "two of two signatures",
        "keyring-6-two-authors.json",
        "bank",
        None,
    );
    add(
        "good",
        "the same version again",
        "keyring.json",
        "bank",
        Some("1.2.0"),
    );
    add(
        "good",
        "a lower version",
        "keyring.json",
        "bank",
        Some("1.2.1-rc.1"),
    );
    cases
        .into_iter()
        .map(|(file, why, keyring, tenant, highest_seen)| {
            let mut verdict = Verdict {
                file: format!("artifacts/{file}.wasm"),
                why,
                keyring: keyring.to_owned(),
                tenant: tenant.parse().unwrap(),
                now_unix_ms: NOW,
                highest_seen,
                artifact: None,
                refused: None,
            };
            match judge(&verdict, &|name| files[name].clone()) {
                Ok(digest) => verdict.artifact = Some(digest),
                Err(told) => verdict.refused = Some(told),
            }
            verdict
        })
        .collect()
}

fn judge(
    verdict: &Verdict,
    read: &dyn Fn(&str) -> Vec<u8>,
) -> Result<lictor_policy::Digest, String> {
    let keyring = Keyring::parse(&read(&verdict.keyring)).unwrap();
    let admission = Admission::new(&verdict.tenant, verdict.now_unix_ms)
        .highest_seen(verdict.highest_seen.as_ref());
    let verified = verify_for(&read(&verdict.file), &keyring, admission)?;
    Ok(verified.artifact())
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|error| panic!("`{name}`: {error}"))
}

#[test]
fn the_vectors_are_what_the_forge_makes() {
    let mut files = files();
    let verdicts = serde_json::to_string_pretty(&verdicts(&files)).unwrap();
    files.insert(
        "verdicts.json".to_owned(),
        format!("{verdicts}\n").into_bytes(),
    );
    for (name, bytes) in files {
        let path = folder().join(&name);
        if std::env::var_os("LICTOR_RENEW").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(
            read(&name) == bytes,
            "`tests/vectors/{name}` differs; if that is meant, renew it with LICTOR_RENEW=1"
        );
    }
}

#[test]
fn the_vectors_on_disk_get_their_verdicts() {
    let verdicts: Vec<Verdict> = serde_json::from_slice(&read("verdicts.json")).unwrap();
    let accepted = verdicts
        .iter()
        .filter(|verdict| verdict.artifact.is_some())
        .count();
    assert_eq!((verdicts.len(), accepted), (18, 5));
    for verdict in verdicts {
        let (artifact, refused) = match judge(&verdict, &read) {
            Ok(artifact) => (Some(artifact), None),
            Err(told) => (None, Some(told)),
        };
        assert_eq!(
            (artifact, refused),
            (verdict.artifact, verdict.refused),
            "{}",
            verdict.why
        );
    }
}

#[test]
fn the_library_writes_the_same_files() {
    let author = PrivateKey::read(&read("keys/author.pem")[..], None).unwrap();
    assert_eq!(
        format!("{}\n", author.id()).into_bytes(),
        read("keys/author.pub")
    );
    for name in ["good", "good-full"] {
        let file = read(&format!("artifacts/{name}.wasm"));
        let manifest = Fetched::parse(file.clone(), FILE_BYTES_MAX)
            .unwrap()
            .manifest()
            .clone();
        let again = Fetched::new(read("component.wasm"), manifest, &author).unwrap();
        assert_eq!(again.to_bytes(), file);
    }
    let update = SignedKeyring::parse(&read("keyring-6-two-authors.dsse.json")).unwrap();
    let old = Keyring::parse(&read("keyring.json")).unwrap();
    let next = old.update(&update, NOW, None).unwrap();
    assert_eq!(next.to_bytes(), read("keyring-6-two-authors.json"));
    let rollback = SignedRollback::parse(&read("rollback.dsse.json")).unwrap();
    assert!(old.check_rollback(&rollback, NOW).is_ok());
}
