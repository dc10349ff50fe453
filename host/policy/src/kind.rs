//! What sort of JSON value something is. Must never carry the value itself.

use std::fmt;

/// The sorts of JSON value that the contract tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The word for it, as it stands in messages and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
