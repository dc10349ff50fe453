//! What a test asks and why it may have no answer, as the contract has it. Must never mean anything else than there.

use crate::kind::Kind;
use crate::operand::Given;

/// How a value is to stand to an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    Prefix,
    Suffix,
    Glob,
    Network,
    Within,
}

impl Relation {
    /// What a value must be to be tested.
    pub(crate) fn wanted_of_value(self, given: Option<&Given<'_>>) -> &'static str {
        match (self, given) {
            (Self::Network, _) => "an address",
            (Self::Within, _) => "a moment",
            (Self::Prefix | Self::Suffix | Self::Glob, _) | (_, Some(Given::Text(_))) => {
                Kind::Text.as_str()
            }
            (_, Some(Given::Boolean(_))) => Kind::Boolean.as_str(),
            (_, Some(Given::Integer(_) | Given::Decimal(_))) => "a number",
            _ => "of the kind that it is compared with",
        }
    }

    /// What an operand must be to be compared with.
    pub(crate) fn wanted_of_operand(self) -> &'static str {
        match self {
            Self::Equal => "a value",
            Self::Less | Self::AtMost | Self::Greater | Self::AtLeast => "a number or a text",
            Self::In => "a list or an object",
            Self::Prefix | Self::Suffix => "a text or a list of texts",
            Self::Glob => "a pattern or a list of patterns",
            Self::Network => "a network or a list of networks",
            Self::Within => "a list of two moments",
        }
    }
}

/// Why a test says neither yes nor no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestError {
    /// Because of the value.
    Value(Problem),
    /// Because of the operand.
    Operand(Problem),
    /// It would look at too much.
    TooLarge,
}

/// What is wrong with a value or an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing stands there.
    Absent,
    /// It is of this kind.
    OtherKind(Kind),
    /// It is of the right kind only.
    Malformed,
}
