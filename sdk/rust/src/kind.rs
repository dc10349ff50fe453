//! What sort of JSON value something is. Must never carry the value itself.

use std::fmt;

/// The sorts of JSON value that the contract tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number that is integral and fits 64 bits.
    Integer,
    /// Any other number.
    Decimal,
    /// A string.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl Kind {
    /// The words for it, as they stand in messages: `a text`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Decimal => "a decimal",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
