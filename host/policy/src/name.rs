//! The names of tenants and policies, as small types that can't hold anything else.
//!
//! A name reaches file names, log lines, metric labels and pointers, so its alphabet is narrow and its length bounded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most bytes that a name may have.
pub const NAME_BYTES_MAX: usize = 64;

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a {noun} name may not be empty")]
    Empty {
        /// What the name is for.
        noun: &'static str,
    },
    /// The text is longer than [`NAME_BYTES_MAX`].
    #[error("a {noun} name may have {NAME_BYTES_MAX} bytes at most, this one has {length}")]
    TooLong {
        /// What the name is for.
        noun: &'static str,
        /// How many bytes were given.
        length: usize,
    },
    /// A character that names don't have.
    #[error(
        "a {noun} name has lower-case letters, digits and inner hyphens, `{name}` has `{character}` at position {position}"
    )]
    Character {
        /// What the name is for.
        noun: &'static str,
        /// What was given.
        name: String,
        /// The first character that is not allowed where it stands.
        character: char,
        /// Where it stands, counted in characters from 1.
        position: usize,
    },
}

fn checked(noun: &'static str, text: &str) -> Result<Box<str>, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { noun });
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong {
            noun,
            length: text.len(),
        });
    }
    let last = text.chars().count();
    for (index, character) in text.chars().enumerate() {
        let inner = index > 0 && index + 1 < last;
        let fits = character.is_ascii_lowercase()
            || character.is_ascii_digit()
            || (inner && character == '-');
        if !fits {
            return Err(NameError::Character {
                noun,
                name: text.to_owned(),
                character,
                position: index + 1,
            });
        }
    }
    Ok(text.into())
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $noun:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(Box<str>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                checked($noun, text).map(Self)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0.into()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(
    /// An organisation whose policies, data, limits and records are apart from every other's.
    ///
    /// 1 to 64 lower-case letters, digits and inner hyphens.
    TenantName,
    "tenant"
);
name!(
    /// A rule that a tenant runs, for example `spend-limit`.
    ///
    /// 1 to 64 lower-case letters, digits and inner hyphens.
    PolicyName,
    "policy"
);
name!(
    /// A rollout of one tenant, for example `spend-limit-2`.
    ///
    /// 1 to 64 lower-case letters, digits and inner hyphens.
    RolloutName,
    "rollout"
);

impl TenantName {
    /// The name by which keyrings mean the base layer, the operator's policies for every tenant. No tenant may have it.
    pub fn base() -> Self {
        Self::from_str("base").expect("it is a name")
    }

    /// Whether it means the base layer.
    pub fn is_base(&self) -> bool {
        self.as_str() == "base"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_narrow() {
        for good in ["a", "bank", "spend-limit", "0", &"x".repeat(64)] {
            assert_eq!(good.parse::<PolicyName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a b",
            "a/b",
            "..",
            "ä",
            &"x".repeat(65),
        ] {
            assert!(bad.parse::<TenantName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_names_the_reason() {
        let error = "bank/x".parse::<TenantName>().unwrap_err().to_string();
        assert_eq!(
            error,
            "a tenant name has lower-case letters, digits and inner hyphens, `bank/x` has `/` at position 5"
        );
        assert_eq!(
            "".parse::<PolicyName>().unwrap_err().to_string(),
            "a policy name may not be empty"
        );
    }
}
