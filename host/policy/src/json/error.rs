//! Why a JSON text is refused, and where. Must never quote a value: a message names places only.

use std::fmt;

use crate::NumberError;
use crate::pointer::shorten;

/// A place in a JSON text that a message names, as the text of a pointer.
///
/// It is displayed between backticks, shortened where it is long; the root as `the top`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(crate) fn new(pointer: String) -> Self {
        Self(pointer)
    }

    /// The whole pointer.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str() {
            "" => f.write_str("the top"),
            pointer => write!(f, "`{}`", shorten(pointer).escape_debug()),
        }
    }
}

/// Why a JSON text, or a tree built by hand, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// There is more text than the bounds accept.
    #[error("the {noun} is {bytes} bytes; at most {bytes_max} are accepted")]
    TooLarge {
        /// What the text is.
        noun: &'static str,
        /// How many bytes it has.
        bytes: usize,
        /// How many are accepted.
        bytes_max: usize,
    },
    /// There is nothing but white space.
    #[error("the {noun} is empty")]
    Empty {
        /// What the text is.
        noun: &'static str,
    },
    /// The text is no JSON.
    #[error("{reason} at line {line}, column {column}, in {place}")]
    Syntax {
        /// What is wrong.
        reason: &'static str,
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// The innermost value that had begun.
        place: Place,
    },
    /// An object has two members of one name.
    #[error("{place} appears twice")]
    Duplicate {
        /// The member.
        place: Place,
    },
    /// Lists and objects stand too deep inside one another.
    #[error("{place} is nested more than {depth_max} deep")]
    TooDeep {
        /// The first value that is too deep.
        place: Place,
        /// How deep is accepted.
        depth_max: usize,
    },
    /// A number is refused.
    #[error("{place}: {error}")]
    Number {
        /// The number.
        place: Place,
        /// Why.
        error: NumberError,
    },
}
