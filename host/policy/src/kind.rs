//! What sort of JSON value something is. Must never carry the value itself.

use std::fmt;

/// The sorts of JSON value that the contract tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `null`.
    Null = 0,
    /// `true` or `false`.
    Boolean = 1,
    /// A number that is integral and fits 64 bits.
    Integer = 2,
    /// Any other number.
    Decimal = 3,
    /// A string.
    Text = 4,
    /// A list.
    List = 5,
    /// An object.
    Object = 6,
}

impl Kind {
    /// All of them, by their numbers.
    pub const ALL: [Self; 7] = [
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Decimal,
        Self::Text,
        Self::List,
        Self::Object,
    ];

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
