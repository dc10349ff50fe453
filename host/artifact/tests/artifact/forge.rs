//! Writes signed files from `FORMAT.md` alone, without the crate's own encoder, so that files can be made which it never would,
//! and so that the two check each other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use sha2::Digest as _;

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A component that an engine would take: a header, an empty core module, an empty nested component, a custom section.
pub fn component() -> Vec<u8> {
    let mut file = b"\0asm\x0d\0\x01\0".to_vec();
    section(&mut file, 1, b"\0asm\x01\0\0\0");
    section(&mut file, 4, b"\0asm\x0d\0\x01\0");
    section(&mut file, 0, b"\x04notea component to sign");
    file
}

pub fn section(file: &mut Vec<u8>, id: u8, body: &[u8]) {
    file.push(id);
    file.extend_from_slice(&leb128(body.len()));
    file.extend_from_slice(body);
}

pub fn leb128(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length >= 128 {
        bytes.push((length % 128) as u8 + 128);
        length /= 128;
    }
    bytes.push(length as u8);
    bytes
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

pub fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The members of a manifest, without the braces.
pub const MANIFEST: &str = r#""policy":"spend-limit","version":"1.2.0","contract":"0.1.0","imports":["lictor:policy/request@0.1.0"]"#;

/// The statement about a component with these members of a manifest.
pub fn statement(component: &[u8], manifest: &str) -> String {
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"spend-limit","digest":{{"sha256":"{}","blake3":"{}"}}}}],"predicateType":"https://github.com/lictor/lictor/manifest/v1","predicate":{{{manifest}}}}}"#,
        sha256(component),
        blake3(component),
    )
}

/// One signature of a payload.
pub fn signature(payload_type: &str, payload: &[u8], seed: u8) -> String {
    let mut message = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    message.extend_from_slice(payload);
    let signature = key(seed).sign(&message).to_bytes();
    signature_text(seed, &signature)
}

pub fn signature_text(seed: u8, signature: &[u8]) -> String {
    format!(
        r#"{{"keyid":"{}","sig":"{}"}}"#,
        key_id(seed),
        STANDARD.encode(signature)
    )
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn key_id(seed: u8) -> String {
    format!("ed25519:{}", hex(key(seed).verifying_key().as_bytes()))
}

/// An envelope with these signatures, in order of the keys' ids.
pub fn envelope(payload_type: &str, payload: &[u8], seeds: &[u8]) -> String {
    let mut signatures: Vec<String> = seeds
        .iter()
        .map(|seed| signature(payload_type, payload, *seed))
        .collect();
    signatures.sort();
    envelope_of(payload_type, payload, &signatures)
}

pub fn envelope_of(payload_type: &str, payload: &[u8], signatures: &[String]) -> String {
    format!(
        r#"{{"payloadType":"{payload_type}","payload":"{}","signatures":[{}]}}"#,
        STANDARD.encode(payload),
        signatures.join(",")
    )
}

/// A component with a signature section of these contents.
pub fn file(component: &[u8], contents: &str) -> Vec<u8> {
    let mut file = component.to_vec();
    let body = [b"\x10lictor-signature", contents.as_bytes()].concat();
    section(&mut file, 0, &body);
    file
}

/// A file whose statement is signed by these keys.
pub fn signed(component: &[u8], statement: &str, seeds: &[u8]) -> Vec<u8> {
    let envelope = envelope(PAYLOAD_TYPE, statement.as_bytes(), seeds);
    file(component, &format!("[{envelope}]"))
}

/// The usual component and manifest, signed by these keys.
pub fn usual(seeds: &[u8]) -> Vec<u8> {
    let component = component();
    let statement = statement(&component, MANIFEST);
    signed(&component, &statement, seeds)
}
