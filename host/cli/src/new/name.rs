//! A name that both a policy and its crate can have.

use std::fmt;
use std::str::FromStr;

use lictor::{NameError, PolicyName};

/// A policy's name that is also a crate's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrateName(PolicyName);

/// Why a text is no name of a policy and its crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrateNameError {
    /// It can't name a policy.
    #[error(transparent)]
    Policy(#[from] NameError),
    /// It can't name a crate, which begins with a letter.
    #[error("a crate's name begins with a letter, `{0}` doesn't")]
    Digit(String),
    /// It means something else already.
    #[error("a crate can't have the name `{0}`: it means something else already")]
    Taken(String),
}

/// Names that Rust, cargo or the vendored crates have taken.
const TAKEN: [&str; 44] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "lictor-policy",
    "lictor-sdk",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "wit-bindgen",
];

impl CrateName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for CrateName {
    type Err = CrateNameError;

    fn from_str(text: &str) -> Result<Self, CrateNameError> {
        let name: PolicyName = text.parse()?;
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(CrateNameError::Digit(text.to_owned()));
        }
        if TAKEN.contains(&text) {
            return Err(CrateNameError::Taken(text.to_owned()));
        }
        Ok(Self(name))
    }
}

impl fmt::Display for CrateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
