//! Fuzz targets, run here for a bounded number of rounds on a stable toolchain.
//!
//! A target is a function from bytes that panics when its property doesn't hold. Inputs are good ones with a few random changes,
//! because random bytes seldom get past the first check. A failure prints the seed; `LICTOR_FUZZ_ROUNDS` runs longer. They stay
//! here and have no folder for libFuzzer, which needs a nightly compiler: the parsers keep no state and take bytes alone, so these
//! functions can be called from any such harness as they are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use lictor_artifact::{
    COMPONENT_HEADER, Fetched, Keyring, ParameterSchema, SignedKeyring, SignedRollback, Verified,
};

use crate::forge::{self, MANIFEST, component, statement, usual};
use crate::world::*;

const ROUNDS: u64 = 20_000;

/// The section walker. Whatever the bytes, a file that is taken apart is put together again to the byte, so that no two files
/// are the same artifact with the same signatures; its component is the front of the file and holds no signature section itself.
fn sections(bytes: &[u8]) {
    let Ok(fetched) = Fetched::parse(bytes.to_vec(), FILE_BYTES_MAX) else {
        return;
    };
    assert_eq!(fetched.to_bytes(), bytes);
    assert!(bytes.starts_with(fetched.component()));
    assert!(fetched.component().starts_with(&COMPONENT_HEADER));
    assert!(Fetched::parse(fetched.component().to_vec(), FILE_BYTES_MAX).is_err());
}

/// The envelope. Whatever stands in the signature section, what is accepted is what was signed: the usual statement, by a key that
/// the keyring trusts. Only the set of signatures that don't count may differ.
fn envelope(bytes: &[u8]) {
    let file = forge::file(&component(), &String::from_utf8_lossy(bytes));
    sections(&file);
    static KEYRING: LazyLock<Keyring> = LazyLock::new(keyring);
    static USUAL: LazyLock<Verified> =
        LazyLock::new(|| verify(&usual(&[AUTHOR]), &KEYRING).unwrap());
    let usual = &*USUAL;
    if let Ok(verified) = verify(&file, &KEYRING) {
        assert_eq!(verified.artifact(), usual.artifact());
        assert!(
            verified
                .signers()
                .iter()
                .all(|signer| usual.signers().contains(signer))
        );
    }
}

/// The manifest. Whatever a trusted key signs, a manifest that is accepted meets its bounds, has one spelling, and its schema can be
/// asked without harm.
fn manifest(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let file = forge::signed(&component(), &text, &[AUTHOR]);
    let Ok(fetched) = Fetched::parse(file, FILE_BYTES_MAX) else {
        return;
    };
    let manifest = fetched.manifest();
    manifest.check().unwrap();
    let again = Fetched::new(component(), manifest.clone(), &key(AUTHOR)).unwrap();
    if fetched.is_consistent() {
        assert_eq!(again.statement(), text.as_bytes());
    }
    let parameters = lictor_policy::Document::empty();
    let _ = manifest.check_parameters(&parameters);
}

/// The keyring, its updates and rollbacks. Whatever the bytes, what is accepted has one spelling; and no bytes but those that an operator
/// signed replace a keyring.
fn keyrings(bytes: &[u8]) {
    if let Ok(keyring) = Keyring::parse(bytes) {
        assert_eq!(keyring.to_bytes(), bytes);
    }
    if let Ok(signed) = SignedRollback::parse(bytes) {
        assert_eq!(signed.to_bytes(), bytes);
    }
    if let Ok(signed) = SignedKeyring::parse(bytes) {
        assert_eq!(signed.to_bytes(), bytes);
        if let Ok(next) = keyring().update(&signed, NOW, None) {
            assert_eq!(next, newer());
        }
    }
}

fn newer() -> Keyring {
    let mut document = document();
    document.version += 1;
    Keyring::new(document).unwrap()
}

#[test]
fn the_section_walker_holds() {
    run(
        sections,
        &[usual(&[AUTHOR]), usual(&[AUTHOR, STRANGER]), component()],
        &[],
    );
}

#[test]
fn the_envelope_holds() {
    let contents = |seeds: &[u8]| {
        let statement = statement(&component(), MANIFEST);
        let envelope = forge::envelope(forge::PAYLOAD_TYPE, statement.as_bytes(), seeds);
        format!("[{envelope}]").into_bytes()
    };
    let words = [
        "\"keyid\":\"",
        "\",\"sig\":\"",
        "},{",
        "\",\"",
        "[",
        "]",
        "=",
        "\\u0041",
    ];
    run(
        envelope,
        &[contents(&[AUTHOR]), contents(&[AUTHOR, EXPIRED, STRANGER])],
        &words,
    );
}

#[test]
fn the_manifest_holds() {
    let full = format!(
        r##"{MANIFEST},"limits":{{"fuel":7,"questions":3}},"parameters":{{"$defs":{{"a":{{"type":"integer"}}}},"additionalProperties":false,"properties":{{"limit":{{"$ref":"#/$defs/a"}}}},"type":"object"}},"validity":{{"not_before_unix_ms":1,"not_after_unix_ms":9}}"##
    );
    assert!(ParameterSchema::parse(b"{\"type\":\"object\"}").is_ok());
    let corpus = [MANIFEST, &full].map(|manifest| statement(&component(), manifest).into_bytes());
    let words = [
        "\"$ref\":\"#\"",
        "\"$ref\":\"#/$defs/a\"",
        "\"pattern\":\"(a+)+\"",
        "null",
        "-1",
        "1e400",
        "true",
        "\"items\":",
        "\"limits\":{",
        "18446744073709551616",
        "\\u0000",
        "[[[[",
        "{\"not\":",
    ];
    run(manifest, &corpus, &words);
}

#[test]
fn the_keyring_holds() {
    let signed = SignedKeyring::new(newer(), &key(OPERATOR)).unwrap();
    let words = [
        "\"*\"",
        "\"bank\"",
        "\"updates\":true",
        "null",
        "-1",
        "18446744073709551616",
    ];
    run(keyrings, &[keyring().to_bytes(), signed.to_bytes()], &words);
}

fn run(target: fn(&[u8]), corpus: &[Vec<u8>], words: &[&str]) {
    corpus.iter().for_each(|input| target(input));
    let rounds = std::env::var("LICTOR_FUZZ_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    for seed in 1..=rounds {
        let input = mutated(
            &mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            corpus,
            words,
        );
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            panic!("seed {seed}: {:?}", String::from_utf8_lossy(&input));
        }
    }
}

fn mutated(random: &mut Random, corpus: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(3) {
        change(random, &mut input, corpus, words);
    }
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str]) {
    let at = random.below(input.len() + 1);
    let end = (at + 1 + random.below(24)).min(input.len());
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.below(256) as u8,
        2 => input.insert(at, random.below(256) as u8),
        3 => drop(input.drain(at.min(end)..end)),
        4 => {
            let piece = input[at.min(end)..end].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, piece);
        }
        5 => {
            let other = &corpus[random.below(corpus.len())];
            let from = random.below(other.len());
            let to = (from + random.below(64)).min(other.len());
            input.splice(at.min(end)..end, other[from..to].iter().copied());
        }
        6 if !words.is_empty() => {
            let word = words[random.below(words.len())];
            input.splice(at.min(end)..end, word.bytes());
        }
        _ => input.truncate(at),
    }
}

/// A small generator of our own (SplitMix64), so that a seed means the same input for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}
