//! One answered JSON value, canonical, as the contract hands it to a policy. Must never hold two spellings of one value.

use std::fmt;

use crate::json::write_text;

/// One JSON value as the host answers it (`value` in `wit/types.wit`).
///
/// What [`Item::value`](crate::Item::value) gives is canonical: equal JSON values are equal here, whatever the spelling
/// that the caller used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// JSON `null`. An absent value is no `Value` at all.
    Null,
    /// JSON `true` or `false`.
    Boolean(bool),
    /// A number that is integral and fits 64 bits.
    Integer(i64),
    /// Any other number, exactly, in the canonical text of [`Number`](crate::Number).
    Decimal(String),
    /// A JSON string, unescaped.
    Text(String),
    /// A list or an object as canonical JSON text.
    Json(String),
}

impl Value {
    /// How many bytes the answer weighs: those of its text, and 1 to 8 where it has none.
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Null | Self::Boolean(_) => 1,
            Self::Integer(_) => 8,
            Self::Decimal(text) | Self::Text(text) | Self::Json(text) => text.len(),
        }
    }
}

/// Canonical JSON text.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Decimal(text) | Self::Json(text) => f.write_str(text),
            Self::Text(text) => write_text(text, f),
        }
    }
}

/// A value whose text is longer than the asker accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is over {bytes_max} bytes")]
pub struct TooLarge {
    /// How many bytes are accepted.
    pub bytes_max: usize,
}
