//! A bad file, and how bad files are made of the usual one.

use crate::forge::{self, MANIFEST, PAYLOAD_TYPE, component, file, signed, statement, usual};
use crate::world::*;

/// A file that the usual keyring must refuse with this message.
pub struct Row(pub &'static str, pub Vec<u8>, pub &'static str);

pub fn contents(file: &[u8]) -> (Vec<u8>, String) {
    let component = component();
    let name_end = file.len() - file[component.len()..].len() + 3 + 17;
    let text = String::from_utf8(file[name_end..].to_vec()).unwrap();
    (component, text)
}

pub fn with_contents(change: impl Fn(&str) -> String) -> Vec<u8> {
    let (component, text) = contents(&usual(&[AUTHOR]));
    let changed = change(&text);
    assert_ne!(changed, text);
    file(&component, &changed)
}

pub fn with_statement(change: impl Fn(&str) -> String) -> Vec<u8> {
    let component = component();
    let text = statement(&component, MANIFEST);
    let changed = change(&text);
    assert_ne!(changed, text);
    signed(&component, &changed, &[AUTHOR])
}

pub fn bad_signature(seed: u8) -> String {
    forge::signature(PAYLOAD_TYPE, b"something else", seed)
}

pub fn with_signatures(mut signatures: Vec<String>) -> Vec<u8> {
    let component = component();
    let statement = statement(&component, MANIFEST);
    signatures.sort();
    let envelope = forge::envelope_of(PAYLOAD_TYPE, statement.as_bytes(), &signatures);
    file(&component, &format!("[{envelope}]"))
}

pub fn good_signature(seed: u8) -> String {
    let statement = statement(&component(), MANIFEST);
    forge::signature(PAYLOAD_TYPE, statement.as_bytes(), seed)
}

/// The usual file with another text in its statement, in the place of the first that is like this.
pub fn with_replaced(text: &str, other: &str) -> Vec<u8> {
    with_statement(|statement| statement.replacen(text, other, 1))
}
