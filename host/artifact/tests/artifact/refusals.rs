//! What bad input gets: one row each, with the check that must name it.

use lictor_artifact::{Admission, FetchError, Fetched, Keyring, KeyringDocument, UnixMs};
use lictor_policy::{Digest, Version};

use crate::forge::{self, MANIFEST, PAYLOAD_TYPE, component, file, signed, statement, usual};
use crate::world::*;

/// A file that the usual keyring must refuse with this message.
struct Row(&'static str, Vec<u8>, &'static str);

fn contents(file: &[u8]) -> (Vec<u8>, String) {
    let component = component();
    let name_end = file.len() - file[component.len()..].len() + 3 + 17;
    let text = String::from_utf8(file[name_end..].to_vec()).unwrap();
    (component, text)
}

fn with_contents(change: impl Fn(&str) -> String) -> Vec<u8> {
    let (component, text) = contents(&usual(&[AUTHOR]));
    let changed = change(&text);
    assert_ne!(changed, text);
    file(&component, &changed)
}

fn with_statement(change: impl Fn(&str) -> String) -> Vec<u8> {
    let component = component();
    let text = statement(&component, MANIFEST);
    let changed = change(&text);
    assert_ne!(changed, text);
    signed(&component, &changed, &[AUTHOR])
}

fn bad_signature(seed: u8) -> String {
    forge::signature(PAYLOAD_TYPE, b"something else", seed)
}

fn with_signatures(mut signatures: Vec<String>) -> Vec<u8> {
    let component = component();
    let statement = statement(&component, MANIFEST);
    signatures.sort();
    let envelope = forge::envelope_of(PAYLOAD_TYPE, statement.as_bytes(), &signatures);
    file(&component, &format!("[{envelope}]"))
}

fn good_signature(seed: u8) -> String {
    let statement = statement(&component(), MANIFEST);
    forge::signature(PAYLOAD_TYPE, statement.as_bytes(), seed)
}

fn sections() -> Vec<Row> {
    let good = usual(&[AUTHOR]);
    let (bare, text) = contents(&good);
    let signature_body = [b"\x10lictor-signature", text.as_bytes()].concat();
    let with = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut file = good.clone();
        edit(&mut file);
        file
    };
    let mut padded = bare.clone();
    padded.push(0);
    let mut length = forge::leb128(signature_body.len());
    *length.last_mut().unwrap() |= 0x80;
    length.push(0);
    padded.extend_from_slice(&length);
    padded.extend_from_slice(&signature_body);
    let mut padded_before = b"\0asm\x0d\0\x01\0\x00\x85\x00\x04note".to_vec();
    forge::section(&mut padded_before, 0, &signature_body);
    let mut nested = b"\0asm\x0d\0\x01\0".to_vec();
    forge::section(&mut nested, 4, &good);
    let mut first = b"\0asm\x0d\0\x01\0".to_vec();
    forge::section(&mut first, 0, &signature_body);
    first.extend_from_slice(&bare[8..]);
    let mut elf = good.clone();
    elf[..4].copy_from_slice(b"\x7fELF");
    vec![
        Row("an empty file", vec![], "no WebAssembly component"),
        Row("a component that nobody signed", bare, "isn't signed"),
        Row(
            "two signature sections",
            with(&|file| forge::section(file, 0, &signature_body)),
            "second signature section",
        ),
        Row(
            "a section after the signature",
            with(&|file| forge::section(file, 0, b"\x04note")),
            "isn't the last",
        ),
        Row("the signature section first", first, "isn't the last"),
        Row(
            "trailing bytes",
            with(&|file| file.push(0)),
            "beyond the end",
        ),
        Row(
            "more trailing bytes",
            with(&|file| file.extend_from_slice(&[0xff; 9])),
            "isn't written in the least bytes",
        ),
        Row(
            "a padded length of the signature section",
            padded,
            "isn't written in the least bytes",
        ),
        Row(
            "a padded length before it",
            padded_before,
            "isn't written in the least bytes",
        ),
        Row(
            "a signature section inside a nested component",
            nested,
            "isn't signed",
        ),
        Row(
            "the header of a module",
            with(&|file| file[4..8].copy_from_slice(b"\x01\0\0\0")),
            "core WebAssembly module",
        ),
        Row(
            "the header of another layer",
            with(&|file| file[6] = 2),
            "no WebAssembly component",
        ),
        Row("precompiled native code", elf, "native code"),
    ]
}

fn envelopes() -> Vec<Row> {
    let sig_of = |text: &str| text.split("\"sig\":\"").nth(1).unwrap()[..88].to_owned();
    vec![
        Row(
            "white space in the envelope",
            with_contents(|text| text.replacen(':', ": ", 1)),
            "one encoding",
        ),
        Row(
            "white space after it",
            with_contents(|text| format!("{text}\n")),
            "one encoding",
        ),
        Row(
            "members in another order",
            with_contents(|text| {
                let head = format!("\"payloadType\":\"{PAYLOAD_TYPE}\",");
                text.replacen(&head, "", 1).replacen(
                    "]}]",
                    &format!("],{}}}]", head.trim_end_matches(',')),
                    1,
                )
            }),
            "one encoding",
        ),
        Row(
            "an escape in the envelope",
            with_contents(|text| text.replacen("keyid", "key\\u0069d", 1)),
            "one encoding",
        ),
        Row(
            "an unknown member",
            with_contents(|text| text.replacen("]}]", "],\"x\":1}]", 1)),
            "one encoding",
        ),
        Row(
            "base64 without its padding",
            with_contents(|text| {
                let sig = sig_of(text);
                text.replacen(&sig, sig.trim_end_matches('='), 1)
            }),
            "strict base64",
        ),
        Row(
            "base64 with bits left over",
            with_contents(|text| {
                let sig = sig_of(text);
                let other = sig
                    .replace("A==", "B==")
                    .replace("Q==", "R==")
                    .replace("g==", "h==")
                    .replace("w==", "x==");
                text.replacen(&sig, &other, 1)
            }),
            "strict base64",
        ),
        Row(
            "base64 of another alphabet",
            with_contents(|text| {
                text.replace('/', "_")
                    .replace('+', "-")
                    .replace("application_vnd.in-toto-json", PAYLOAD_TYPE)
            }),
            "strict base64",
        ),
        Row(
            "a key id in upper case",
            with_contents(|text| {
                text.replacen(
                    &forge::key_id(AUTHOR),
                    &forge::key_id(AUTHOR).to_uppercase().replace("ED", "ed"),
                    1,
                )
            }),
            "key id",
        ),
        Row(
            "no key id",
            with_contents(|text| text.replacen(&forge::key_id(AUTHOR), "", 1)),
            "key id",
        ),
        Row(
            "no signature",
            with_contents(|text| {
                let end = text.find("[{\"keyid").unwrap();
                format!("{}[]}}]", &text[..end])
            }),
            "one encoding",
        ),
        Row(
            "no envelope",
            with_contents(|_| "[]".to_owned()),
            "one encoding",
        ),
        Row(
            "another payload type",
            {
                let component = component();
                let statement = statement(&component, MANIFEST);
                let envelope = forge::envelope("text/plain", statement.as_bytes(), &[AUTHOR]);
                file(&component, &format!("[{envelope}]"))
            },
            "one encoding",
        ),
        Row(
            "the statement twice",
            with_contents(|text| {
                let envelope = text.trim_matches(['[', ']']);
                format!("[{envelope},{envelope}]")
            }),
            "must be `https://slsa.dev",
        ),
        Row(
            "signatures out of order",
            {
                let mut signatures = vec![good_signature(AUTHOR), good_signature(SECOND_AUTHOR)];
                signatures.sort();
                signatures.reverse();
                let statement = statement(&component(), MANIFEST);
                let envelope = forge::envelope_of(PAYLOAD_TYPE, statement.as_bytes(), &signatures);
                file(&component(), &format!("[{envelope}]"))
            },
            "sorted by key",
        ),
        Row(
            "one key twice",
            with_signatures(vec![good_signature(AUTHOR), good_signature(AUTHOR)]),
            "each key once",
        ),
        Row(
            "seventeen signatures",
            with_signatures((1..=17).map(good_signature).collect()),
            "16 signatures at most",
        ),
    ]
}

fn statements() -> Vec<Row> {
    let other = || {
        let mut other = component();
        forge::section(&mut other, 0, b"\x04more");
        other
    };
    let statement_of_other = statement(&other(), MANIFEST);
    let half_other = |algorithm: &str| {
        let (mine, theirs) = match algorithm {
            "sha256" => (forge::sha256(&component()), forge::sha256(&other())),
            _ => (forge::blake3(&component()), forge::blake3(&other())),
        };
        with_statement(|text| text.replacen(&mine, &theirs, 1))
    };
    let long = format!(
        "{MANIFEST},\"parameters\":{{\"description\":\"{}\"}}",
        "x".repeat(70_000)
    );
    vec![
        Row(
            "a statement about another component",
            signed(&component(), &statement_of_other, &[AUTHOR]),
            "isn't the one that the manifest's statement names",
        ),
        Row(
            "its SHA-256 alone names another",
            half_other("sha256"),
            "sha256 digest isn't",
        ),
        Row(
            "its BLAKE3 alone names another",
            half_other("blake3"),
            "blake3 digest isn't",
        ),
        Row(
            "two subjects",
            with_statement(|text| {
                let subject =
                    text[text.find("[{").unwrap() + 1..text.find("}],").unwrap() + 1].to_owned();
                text.replacen(&subject, &format!("{subject},{subject}"), 1)
            }),
            "isn't a policy's",
        ),
        Row(
            "another policy in the subject",
            with_statement(|text| {
                text.replacen("\"name\":\"spend-limit\"", "\"name\":\"other\"", 1)
            }),
            "its manifest about",
        ),
        Row(
            "an unknown digest",
            with_statement(|text| text.replacen("\"sha256\"", "\"sha512\":\"00\",\"sha256\"", 1)),
            "unknown field",
        ),
        Row(
            "another predicate",
            with_statement(|text| text.replacen("manifest/v1", "manifest/v2", 1)),
            "predicateType",
        ),
        Row(
            "a member twice",
            with_statement(|text| {
                text.replacen("\"contract\"", "\"version\":\"1.2.0\",\"contract\"", 1)
            }),
            "duplicate field",
        ),
        Row(
            "an unknown member",
            with_statement(|text| text.replacen("\"contract\"", "\"extra\":1,\"contract\"", 1)),
            "unknown field",
        ),
        Row(
            "white space in the statement",
            with_statement(|text| text.replacen("\"contract\":", "\"contract\": ", 1)),
            "one encoding",
        ),
        Row(
            "imports out of order",
            with_statement(|text| text.replacen("[\"lictor", "[\"z:z/z\",\"lictor", 1)),
            "one encoding",
        ),
        Row(
            "a limit that no host grants",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    "0\"],\"limits\":{\"memory_bytes\":999999999999}}",
                    1,
                )
            }),
            "memory_bytes",
        ),
        Row(
            "a schema that refers elsewhere",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    "0\"],\"parameters\":{\"$ref\":\"http://127.0.0.1:1/\"}}",
                    1,
                )
            }),
            "`$ref` is refused",
        ),
        Row(
            "a schema too long",
            signed(&component(), &statement(&component(), &long), &[AUTHOR]),
            "65536",
        ),
        Row(
            "a statement too long",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    &format!("0\"],\"imports\":[\"{}\"]}}", "x".repeat(140_000)),
                    1,
                )
            }),
            "131072 bytes at most",
        ),
        Row(
            "no JSON",
            signed(&component(), "nonsense", &[AUTHOR]),
            "isn't a policy's",
        ),
    ]
}

fn keys() -> Vec<Row> {
    let copied = {
        let mut other = component();
        forge::section(&mut other, 0, b"\x04more");
        let theirs = statement(&other, MANIFEST);
        let signature = forge::signature(PAYLOAD_TYPE, theirs.as_bytes(), AUTHOR);
        let mine = statement(&component(), MANIFEST);
        let envelope = forge::envelope_of(PAYLOAD_TYPE, mine.as_bytes(), &[signature]);
        file(&component(), &format!("[{envelope}]"))
    };
    let of_another_type = {
        let statement = statement(&component(), MANIFEST);
        let signature = forge::signature("application/json", statement.as_bytes(), AUTHOR);
        let envelope = forge::envelope_of(PAYLOAD_TYPE, statement.as_bytes(), &[signature]);
        file(&component(), &format!("[{envelope}]"))
    };
    vec![
        Row("a signature copied from another artifact", copied, "is bad"),
        Row("a signature over another type", of_another_type, "is bad"),
        Row(
            "a known key's bad signature beside a good one",
            with_signatures(vec![good_signature(AUTHOR), bad_signature(SECOND_AUTHOR)]),
            "is bad",
        ),
        Row(
            "an expired key's bad signature beside a good one",
            with_signatures(vec![good_signature(AUTHOR), bad_signature(EXPIRED)]),
            "is bad",
        ),
        Row(
            "the key id exchanged for another known one",
            with_signatures(vec![
                good_signature(AUTHOR)
                    .replace(&forge::key_id(AUTHOR), &forge::key_id(SECOND_AUTHOR)),
            ]),
            "is bad",
        ),
        Row(
            "a signature of zeros",
            with_signatures(vec![forge::signature_text(AUTHOR, &[0; 64])]),
            "is bad",
        ),
        Row(
            "a signature whose scalar isn't reduced",
            with_signatures(vec![unreduced(AUTHOR)]),
            "is bad",
        ),
        Row(
            "an unknown key",
            usual(&[STRANGER]),
            "no key that the keyring knows",
        ),
        Row(
            "a key of another tenant",
            usual(&[OF_SHOP]),
            "may not sign for the tenant `bank`",
        ),
        Row(
            "a key of another policy",
            usual(&[OF_OTHER_POLICY]),
            "may not sign the policy `spend-limit`",
        ),
        Row(
            "a key that isn't valid yet",
            usual(&[NOT_YET_VALID]),
            "is valid from 2027",
        ),
        Row("an expired key", usual(&[EXPIRED]), "expired at 2027"),
        Row("a revoked key", usual(&[REVOKED]), "is revoked"),
        Row(
            "a revoked key that is named no more",
            usual(&[FORGOTTEN]),
            "is revoked",
        ),
        Row(
            "an operator's key, which signs keyrings alone",
            usual(&[OPERATOR]),
            "may not sign for the tenant",
        ),
        Row(
            "not yet valid",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    "0\"],\"validity\":{\"not_before_unix_ms\":1800000000001}}",
                    1,
                )
            }),
            "is valid from",
        ),
        Row(
            "expired",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    "0\"],\"validity\":{\"not_after_unix_ms\":1799999999999}}",
                    1,
                )
            }),
            "was valid until",
        ),
    ]
}

/// A good signature with the group's order added to its scalar: the same equation holds, and only a lax verifier takes it.
fn unreduced(seed: u8) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let text = good_signature(seed);
    let mut bytes = engine
        .decode(
            text.split("\"sig\":\"")
                .nth(1)
                .unwrap()
                .trim_end_matches("\"}"),
        )
        .unwrap();
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    forge::signature_text(seed, &bytes)
}

#[test]
fn the_usual_file_is_accepted() {
    let verified = verify(&usual(&[AUTHOR]), &keyring()).unwrap();
    assert_eq!(**verified.component(), component());
    assert_eq!(verified.signers(), [key(AUTHOR).id()]);
    assert_eq!(verified.tenant(), &tenant("bank"));
    let statement = statement(&component(), MANIFEST);
    assert_eq!(verified.artifact(), Digest::of(statement.as_bytes()));
    assert_eq!(verified.component_digest(), Digest::of(&component()));
    assert_eq!(verified.manifest().version, Version::new(1, 2, 0));
    // What doesn't count does no harm beside what does.
    let both = verify(
        &usual(&[AUTHOR, STRANGER, EXPIRED, REVOKED, OF_SHOP]),
        &keyring(),
    )
    .unwrap();
    assert_eq!(both.signers(), [key(AUTHOR).id()]);
    assert_eq!(both.artifact(), verified.artifact());
}

#[test]
fn each_bad_file_is_refused_by_name() {
    let keyring = keyring();
    let rows = [sections(), envelopes(), statements(), keys()]
        .into_iter()
        .flatten();
    let mut wrong = Vec::new();
    for Row(what, file, message) in rows {
        match verify(&file, &keyring) {
            Err(told) if told.contains(message) => {}
            Err(told) => wrong.push(format!("{what}: refused with `{told}`")),
            Ok(_) => wrong.push(format!("{what}: accepted")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_single_bit_matters() {
    let (good, keyring) = (usual(&[AUTHOR]), keyring());
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&bad, &keyring).is_err(), "bit {bit} is free");
    }
}

#[test]
fn every_truncation_is_refused() {
    let (good, keyring) = (usual(&[AUTHOR, SECOND_AUTHOR]), keyring());
    for length in 0..good.len() {
        assert!(verify(&good[..length], &keyring).is_err(), "{length} bytes");
    }
}

#[test]
fn an_oversized_file_is_not_read() {
    let file = usual(&[AUTHOR]);
    let most = file.len();
    assert!(Fetched::parse(file.clone(), most).is_ok());
    assert!(Fetched::read(&file[..], most).is_ok());
    let refused = |bytes_max| {
        [
            Fetched::parse(file.clone(), bytes_max).err(),
            Fetched::read(&file[..], bytes_max).err(),
        ]
    };
    for error in refused(most - 1) {
        assert!(matches!(error, Some(FetchError::TooLarge { .. })));
    }
    // An endless source ends at the bound.
    let endless = Fetched::read(std::io::repeat(0), 1 << 16);
    assert!(matches!(endless, Err(FetchError::TooLarge { .. })));
}

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
