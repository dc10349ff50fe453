//! One answered JSON value. Must never hold two spellings of one value.

use crate::decimal::Decimal;
use crate::kind::Kind;

/// One JSON value as the host answers it. Equal values are equal here, whatever spelling the caller used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// JSON `null`. An absent value is no `Value` at all.
    Null,
    /// JSON `true` or `false`.
    Boolean(bool),
    /// A number that is integral and fits 64 bits: `1`, `1.0`, `1e2` and `-0`, which is 0.
    Integer(i64),
    /// Any other number, exactly.
    Decimal(Decimal),
    /// A string, unescaped.
    Text(String),
    /// A list as canonical JSON text.
    List(String),
    /// An object as canonical JSON text.
    Object(String),
}

impl Value {
    /// What sort of value it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Boolean(_) => Kind::Boolean,
            Self::Integer(_) => Kind::Integer,
            Self::Decimal(_) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::List(_) => Kind::List,
            Self::Object(_) => Kind::Object,
        }
    }

    /// What the contract's `json` holds: a list or an object.
    pub(crate) fn from_json(text: String) -> Self {
        if text.starts_with('[') {
            Self::List(text)
        } else {
            Self::Object(text)
        }
    }
}
