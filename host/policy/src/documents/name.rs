//! The name of a document. Must never need an escape, in a pointer or a file name.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most bytes that the name of a document may have.
pub const DOCUMENT_NAME_BYTES_MAX: usize = 128;

/// The name of a document: 1 to 128 ASCII letters, digits, `_`, `-` and, after the first, `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentName(Box<str>);

/// Why a text is no name of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentNameError {
    /// Nothing was given.
    #[error("a document name may not be empty")]
    Empty,
    /// The text is longer than [`DOCUMENT_NAME_BYTES_MAX`].
    #[error(
        "a document name may have {DOCUMENT_NAME_BYTES_MAX} bytes at most, this one has {bytes}"
    )]
    TooLong {
        /// How many bytes were given.
        bytes: usize,
    },
    /// It begins with a dot, as hidden files and parent folders do.
    #[error("a document name may not begin with `.`, `{name}` does")]
    Dot {
        /// What was given.
        name: String,
    },
    /// A character that names don't have.
    #[error(
        "a document name has ASCII letters, digits, `.`, `_` and `-`, `{name}` has {character:?}"
    )]
    Character {
        /// What was given.
        name: String,
        /// The first character that is not allowed.
        character: char,
    },
}

impl DocumentName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DocumentName {
    type Err = DocumentNameError;

    fn from_str(text: &str) -> Result<Self, DocumentNameError> {
        let fits = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
        };
        if text.is_empty() {
            return Err(DocumentNameError::Empty);
        }
        if text.len() > DOCUMENT_NAME_BYTES_MAX {
            return Err(DocumentNameError::TooLong { bytes: text.len() });
        }
        if text.starts_with('.') {
            return Err(DocumentNameError::Dot {
                name: text.to_owned(),
            });
        }
        match text.chars().find(|character| !fits(*character)) {
            Some(character) => Err(DocumentNameError::Character {
                name: text.to_owned(),
                character,
            }),
            None => Ok(Self(text.into())),
        }
    }
}

impl TryFrom<String> for DocumentName {
    type Error = DocumentNameError;

    fn try_from(text: String) -> Result<Self, DocumentNameError> {
        text.parse()
    }
}

impl From<DocumentName> for String {
    fn from(name: DocumentName) -> String {
        name.0.into()
    }
}

/// Names sort and compare as their texts do.
impl Borrow<str> for DocumentName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
