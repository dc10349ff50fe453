//! Signing and verifying.

use std::fs;

use serde_json::Value;
use sha2::Digest;

use super::desk::{CHANGE, Desk};

#[test]
fn what_is_signed_is_verified_and_every_refusal_names_its_check() {
    let (desk, author) = Desk::founded("verify");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key --not-after 2100-01-01");
    assert_eq!(file, "tiny-1.0.0.signed.wasm");
    let verify = format!("verify {file} --tenant bank --state state");
    let verified = desk.ok(&verify);
    for part in ["tiny 1.0.0", "`bank`", &author, "alice", "2100-01-01"] {
        assert!(verified.contains(part), "{part} in {verified}");
    }
    let json: Value = serde_json::from_str(&desk.ok(&format!("{verify} --json"))).unwrap();
    assert_eq!(json["verdict"], "verified");
    assert_eq!(json["keys"][0]["key"], author.as_str());
    assert_eq!(json["until_unix_ms"], 4_102_444_800_000_u64);

    let late = format!("{verify} --at 2100-01-02");
    desk.fails(
        &late,
        4,
        "(expired): the artifact was valid until 2100-01-01",
    );
    let other = format!("verify {file} --tenant shop --state state");
    desk.fails(&other, 4, "(other-tenant)");
    desk.fails(
        "verify tiny-1.0.0.wasm --tenant bank --state state",
        4,
        "isn't signed",
    );

    desk.key("stranger");
    desk.ok("sign tiny-1.0.0.wasm --key stranger.key -o strange.wasm");
    let strange = "verify strange.wasm --tenant bank --state state";
    desk.fails(strange, 4, "(unknown-keys)");
    let said = desk.run(&format!("{strange} --json"));
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &json["check"]), (4, &"unknown-keys".into()));

    desk.ok(&format!("keys threshold 2 --tenant bank {CHANGE}"));
    desk.fails(
        &verify,
        4,
        "(threshold): 2 keys must sign for this tenant, 1 did",
    );
    desk.ok(&format!("keys threshold 1 --tenant bank {CHANGE}"));
    desk.ok(&format!("keys revoke {author} {CHANGE}"));
    desk.fails(&verify, 4, "(revoked-key)");
}

#[test]
fn a_changed_byte_is_named_by_what_it_breaks() {
    let (desk, _) = Desk::founded("changed");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let whole = fs::read(desk.path(&file)).unwrap();
    let after = |part: &str| {
        let mut places = whole.windows(part.len());
        places.position(|it| it == part.as_bytes()).unwrap() + part.len()
    };
    let mut places = vec![(0, "`changed.wasm` is refused")];
    places.push((after("hel"), "(component): the component's sha256 digest"));
    places.push((after("payload\":\"") + 40, "the signature section"));
    places.push((after("\"sig\":\"") + 10, "(bad-signature)"));
    for (at, says) in places {
        let mut bytes = whole.clone();
        // Of base64's alphabet, so that it is the signature that is wrong and not its coding, whatever the key was.
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        fs::write(desk.path("changed.wasm"), bytes).unwrap();
        desk.fails("verify changed.wasm --tenant bank --state state", 4, says);
    }
}

#[test]
fn signing_asks_what_it_cannot_know_and_adds_to_what_is_signed() {
    let desk = Desk::new("sign");
    let (first, second) = (desk.key("first"), desk.key("second"));
    fs::copy(desk.path("tiny-1.0.0.wasm"), desk.path("mine.wasm")).unwrap();
    desk.fails(
        "sign mine.wasm --key first.key",
        2,
        "nothing says which policy",
    );
    desk.ok("sign mine.wasm --key first.key --policy own --version 2.0.0 --fuel 5000 -o a.wasm");
    desk.fails(
        "sign a.wasm --key second.key --fuel 6",
        2,
        "`--fuel` can't be given",
    );
    assert_eq!(desk.ok("sign a.wasm --key second.key"), "a.wasm");
    let text = fs::read(desk.path("a.wasm")).unwrap();
    desk.ok("sign a.wasm --key second.key");
    assert_eq!(
        fs::read(desk.path("a.wasm")).unwrap(),
        text,
        "a key signs once"
    );
    desk.fails("sign absent.wasm --key first.key", 3, "can't be read");
    fs::write(desk.path("text-1.0.0.wasm"), "(component)").unwrap();
    desk.fails(
        "sign text-1.0.0.wasm --key first.key",
        4,
        "WebAssembly text",
    );
    fs::write(
        desk.path("schema.json"),
        "{\"$ref\": \"https://example.org/s\"}",
    )
    .unwrap();
    desk.fails(
        "sign mine.wasm --key first.key --policy own --version 2.0.0 --schema schema.json",
        3,
        "the schema in `schema.json` is refused",
    );
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains("BEGIN"), "no key in the file");
    for id in [first, second] {
        assert!(text.contains(&id["ed25519:".len()..]), "{id} signed it");
    }
}

#[test]
fn provenance_is_attached_and_shown_as_it_was_given() {
    let desk = Desk::new("provenance");
    desk.key("author");
    let component = fs::read(desk.path("tiny-1.0.0.wasm")).unwrap();
    let sha256 = sha2::Sha256::digest(&component);
    let sha256: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let statement = serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": sha256}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"buildDefinition": {"buildType": "by hand"}, "note": "\u{9b}31m"},
    });
    fs::write(desk.path("built.json"), statement.to_string()).unwrap();
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key --provenance built.json");
    let shown = desk.ok(&format!("inspect {file} --provenance"));
    assert!(!shown.contains('\u{9b}'), "it acts on no terminal");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["buildDefinition"]["buildType"], "by hand");

    desk.ok("sign tiny-1.0.0.wasm --key author.key -o without.wasm");
    desk.fails("inspect without.wasm --provenance", 3, "no provenance");
    let other = statement.to_string().replace(&sha256, &"0".repeat(64));
    fs::write(desk.path("other.json"), other).unwrap();
    desk.fails(
        "sign tiny-1.0.0.wasm --key author.key --provenance other.json",
        4,
        "about another component",
    );
}
