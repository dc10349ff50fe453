//! Questions that have a yes or no for an answer: is this number at most that one, is this address in that network.
//!
//! Owns their meaning, to the last edge. Must never depend on anything but the predicate and the values that it is put to,
//! never look at more than [`TEST_BYTES_MAX`] bytes, and never answer where it makes no sense: what can't be tested is
//! neither yes nor no but a [`TestError`], since either could let something through.

mod criterion;
mod glob;
mod network;
mod order;
mod time;
mod work;

use std::fmt;

pub use criterion::{Criterion, Tested};
use serde::Serialize;

use crate::{Kind, Source, Value};

/// The most bytes of values that one test looks at.
pub const TEST_BYTES_MAX: usize = 1 << 20;

/// The most bytes of a text that a predicate brings along.
pub const OPERAND_BYTES_MAX: usize = 65_536;

/// How a value is to stand to an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Relation {
    /// It is equal.
    Equal = 0,
    /// It is less: numbers by their exact value, texts by code point.
    Less = 1,
    /// It is less or equal.
    AtMost = 2,
    /// It is greater.
    Greater = 3,
    /// It is greater or equal.
    AtLeast = 4,
    /// It is an item of the list, or the name of a member of the object.
    In = 5,
    /// It begins with the text, or with one of the list.
    Prefix = 6,
    /// It ends with the text, or with one of the list.
    Suffix = 7,
    /// It matches the pattern, or one of the list.
    Glob = 8,
    /// It is an address in the network, or in one of the list.
    Network = 9,
    /// It is a moment in the window: a list of its beginning and of its end, which is outside of it.
    Within = 10,
}

impl Relation {
    /// All of them, by their numbers.
    pub const ALL: [Self; 11] = [
        Self::Equal,
        Self::Less,
        Self::AtMost,
        Self::Greater,
        Self::AtLeast,
        Self::In,
        Self::Prefix,
        Self::Suffix,
        Self::Glob,
        Self::Network,
        Self::Within,
    ];

    /// How people read it between a value and an operand.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
            Self::Prefix => "begins with",
            Self::Suffix => "ends with",
            Self::Glob => "matches",
            Self::Network => "in network",
            Self::Within => "within",
        }
    }
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// This. A decimal or JSON text need not be canonical.
    Given(Value),
    /// What stands at a pointer.
    At(Source, String),
}

impl Operand {
    /// How many bytes of text it has.
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Given(value) => value.byte_len(),
            Self::At(_, pointer) => pointer.len(),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(value) => write!(f, "{value}"),
            Self::At(source, pointer) => write!(f, "{} {pointer}", source.as_str()),
        }
    }
}

/// A relation to an operand, as it was asked. To put it to values, make a [`Criterion`] of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Predicate {
    /// How a value is to stand.
    pub relation: Relation,
    /// To what.
    pub operand: Operand,
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.relation.as_str(), self.operand)
    }
}

/// Why a test has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TestError {
    /// The value that was to be tested is the reason.
    #[error("value {0}")]
    Value(Problem),
    /// What it was to be compared with is the reason.
    #[error("operand {0}")]
    Operand(Problem),
    /// The test would have to look at more than [`TEST_BYTES_MAX`] bytes.
    #[error("too large")]
    TooLarge,
}

/// What is wrong with a value or an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Problem {
    /// Nothing stands there.
    #[error("absent")]
    Absent,
    /// It is of a kind that the relation says nothing about.
    #[error("of kind {0}")]
    OtherKind(Kind),
    /// It is of the right kind, and no number, pattern, address, network or time.
    #[error("malformed")]
    Malformed,
}

#[cfg(test)]
mod tests;
