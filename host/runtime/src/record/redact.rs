//! What the audit log may show of attributes.

use std::fmt;

use lictor_policy::Pointer;
use serde::{Deserialize, Serialize};

/// What a line shows in the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Redact {
    /// Three asterisks.
    Mask,
    /// A keyed BLAKE3 hash of the value, so that equal values can be told without being known.
    Hash,
}

/// A rule about an attribute and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactionRule {
    /// Where: a pointer as policies use it, `/context/card` for the request and `/users` for a document.
    pub attribute: Pointer,
    /// What is shown instead.
    pub show: Redact,
}

/// The rules by which lines are written. The first rule that fits an attribute counts.
///
/// By default, members that are named like secrets (`authorization`, `password`, `secret`, `token`, `api_key`, `cookie`) are
/// masked wherever they stand, and so is every list or object that could hold one.
#[derive(Clone)]
pub struct Redaction {
    rules: Vec<RedactionRule>,
    key: [u8; 32],
    shows_requests: bool,
}

/// Names of members that are masked wherever they stand.
const SECRETS: [&str; 6] = [
    "authorization",
    "password",
    "secret",
    "token",
    "api_key",
    "cookie",
];

/// What a masked value looks like.
pub(crate) const MASK: &str = "***";

impl Redaction {
    /// Rules, and the key of the hashes: without it, the hash of a value that can be guessed is as good as the value.
    pub fn new(rules: Vec<RedactionRule>, key: [u8; 32]) -> Self {
        Self {
            rules,
            key,
            shows_requests: false,
        }
    }

    /// Has lines hold the whole request, so that it can be decided again, as [`Host::preview`](crate::Host::preview) does. A request of
    /// which something is hidden is left out as a whole, since it would be another one without it.
    #[must_use]
    pub fn with_requests(self) -> Self {
        Self {
            shows_requests: true,
            ..self
        }
    }

    pub(super) fn shows_requests(&self) -> bool {
        self.shows_requests
    }

    pub(super) fn rules(&self) -> &[RedactionRule] {
        &self.rules
    }

    /// What a line shows of the value at a pointer. `value` is its canonical text.
    pub(crate) fn show(&self, pointer: &str, value: &str, is_json: bool) -> Shown {
        match self.rule(pointer, value, is_json) {
            None => Shown::Whole,
            Some(redact) => Shown::Instead(self.instead(redact, value)),
        }
    }

    /// Whether something of the value at a pointer, or of what contains it, is hidden, so that a line shows nothing that was
    /// found out about it.
    pub(crate) fn hides(&self, pointer: &str) -> bool {
        self.rule(pointer, "", true).is_some()
    }

    /// What is shown instead of a value.
    pub(super) fn instead(&self, redact: Redact, value: &str) -> String {
        match redact {
            Redact::Mask => MASK.to_owned(),
            Redact::Hash => {
                let hash = blake3::keyed_hash(&self.key, value.as_bytes());
                format!("blake3-keyed:{}", hash.to_hex())
            }
        }
    }

    fn rule(&self, pointer: &str, value: &str, is_json: bool) -> Option<Redact> {
        // A rule below the pointer is about a part of the value, so a whole that is shown would show the part too.
        let covers = |rule: &&RedactionRule| {
            let attribute = rule.attribute.as_str();
            is_within(pointer, attribute) || (is_json && is_within(attribute, pointer))
        };
        if let Some(rule) = self.rules.iter().find(covers) {
            return Some(rule.show);
        }
        (names_secret(pointer) || (is_json && names_secret(value))).then_some(Redact::Mask)
    }
}

/// What a line shows of a value.
pub(crate) enum Shown {
    /// The value.
    Whole,
    /// This text.
    Instead(String),
}

impl Default for Redaction {
    fn default() -> Self {
        Self::new(Vec::new(), [0; 32])
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("rules", &self.rules)
            .field("key", &MASK)
            .field("shows_requests", &self.shows_requests)
            .finish()
    }
}

/// Whether a text holds the name of a secret.
pub(super) fn names_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SECRETS.iter().any(|secret| lower.contains(secret))
}

/// Whether a pointer names the attribute or something below it.
pub(super) fn is_within(pointer: &str, attribute: &str) -> bool {
    pointer
        .strip_prefix(attribute)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(redaction: &Redaction, pointer: &str, value: &str, is_json: bool) -> String {
        match redaction.show(pointer, value, is_json) {
            Shown::Whole => value.to_owned(),
            Shown::Instead(text) => text,
        }
    }

    fn rule(attribute: &str, show: Redact) -> RedactionRule {
        RedactionRule {
            attribute: Pointer::parse(attribute).unwrap(),
            show,
        }
    }

    #[test]
    fn a_rule_covers_the_attribute_and_what_is_below_and_what_contains_it() {
        let redaction = Redaction::new(vec![rule("/context/card", Redact::Mask)], [7; 32]);
        assert_eq!(shown(&redaction, "/context/card", "4111", false), "***");
        assert_eq!(
            shown(&redaction, "/context/card/number", "4111", false),
            "***"
        );
        assert_eq!(
            shown(&redaction, "/context", r#"{"card":"4111"}"#, true),
            "***"
        );
        assert_eq!(
            shown(&redaction, "", r#"{"context":{"card":"4111"}}"#, true),
            "***"
        );
        assert_eq!(shown(&redaction, "/context/cardinal", "red", false), "red");
        assert_eq!(shown(&redaction, "/subject/id", "alice", false), "alice");
    }

    #[test]
    fn secrets_are_masked_without_a_rule() {
        let redaction = Redaction::default();
        assert_eq!(
            shown(
                &redaction,
                "/context/headers/Authorization",
                "Bearer x",
                false
            ),
            "***"
        );
        assert_eq!(
            shown(&redaction, "/context", r#"{"api_key":"x"}"#, true),
            "***"
        );
        assert_eq!(
            shown(&redaction, "/context/note", "the password is x", false),
            "the password is x"
        );
    }

    #[test]
    fn equal_values_have_equal_hashes_under_one_key_only() {
        let of = |key, value| {
            shown(
                &Redaction::new(vec![rule("/subject/id", Redact::Hash)], [key; 32]),
                "/subject/id",
                value,
                false,
            )
        };
        assert_eq!(of(1, "alice"), of(1, "alice"));
        assert_ne!(of(1, "alice"), of(1, "bob"));
        assert_ne!(of(1, "alice"), of(2, "alice"));
        assert!(!of(1, "alice").contains("alice"));
    }

    #[test]
    fn the_key_is_never_shown() {
        assert!(!format!("{:?}", Redaction::new(Vec::new(), [9; 32])).contains('9'));
    }
}
