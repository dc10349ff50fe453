//! What a policy asked and what it was answered, in order.
//!
//! Owns the one encoding of questions and answers: each is a tag, a length where the length varies, and bytes, so that no
//! two different observations have the same bytes. The encoding is what is compared and hashed; the decoded forms exist
//! for people.

use std::fmt;

use serde::Serialize;

use crate::{Predicate, TestError, Value};

/// Where a question about a JSON value is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Source {
    /// The request that is decided.
    Request = 0,
    /// The tenant's documents.
    Data = 1,
    /// The binding's parameters. Fixed by the revision, so a question about them is no observation.
    Parameters = 2,
}

impl Source {
    /// The interface of the contract that it stands for.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Request => "request",
            Source::Data => "data",
            Source::Parameters => "parameters",
        }
    }
}

/// What is asked about a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Aspect {
    /// The value itself.
    Get = 0,
    /// How many items or members it has.
    Count = 1,
    /// The names of its members.
    Keys = 2,
}

impl Aspect {
    /// The function of the contract that it stands for.
    pub fn as_str(self) -> &'static str {
        match self {
            Aspect::Get => "get",
            Aspect::Count => "count",
            Aspect::Keys => "keys",
        }
    }
}

/// One question that a policy asked through an import.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// About a JSON value.
    Look {
        /// Where.
        source: Source,
        /// What about it.
        aspect: Aspect,
        /// Which value: an RFC 6901 pointer.
        pointer: String,
    },
    /// Whether a JSON value stands in a relation to another.
    Test {
        /// Where.
        source: Source,
        /// Which value: an RFC 6901 pointer.
        pointer: String,
        /// How it is to stand to what.
        predicate: Predicate,
    },
    /// The time of the request.
    Now,
    /// Whether the time of the request is before this one, in milliseconds since 1970.
    Before(u64),
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::Look {
                source,
                aspect,
                pointer,
            } => {
                write!(f, "{}.{} {pointer}", source.as_str(), aspect.as_str())
            }
            Question::Test {
                source,
                pointer,
                predicate,
            } => write!(f, "{}.test {pointer} {predicate}", source.as_str()),
            Question::Now => f.write_str("clock.now"),
            Question::Before(unix_ms) => write!(f, "clock.before {unix_ms}"),
        }
    }
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing stands there, or it is of a kind that the question has no answer for.
    Absent,
    /// A value.
    Value(Value),
    /// How many items or members.
    Count(u32),
    /// The names of the members, sorted by code point.
    Keys(Vec<String>),
    /// A time in milliseconds since 1970.
    Time(u64),
    /// Yes or no.
    Before(bool),
    /// Yes or no, or why neither.
    Test(Result<bool, TestError>),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Absent => f.write_str("absent"),
            Answer::Value(value) => write!(f, "{value}"),
            Answer::Count(count) => write!(f, "{count}"),
            Answer::Keys(keys) => write!(f, "{keys:?}"),
            Answer::Time(unix_ms) => write!(f, "{unix_ms}"),
            Answer::Before(before) => write!(f, "{before}"),
            Answer::Test(Ok(true)) => f.write_str("yes"),
            Answer::Test(Ok(false)) => f.write_str("no"),
            Answer::Test(Err(error)) => write!(f, "neither: {error}"),
        }
    }
}

impl Question {
    /// Reads an encoded question, as [`Observations::raw`] gives it.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        decode::question(bytes)
    }

    /// Whether an encoded question is the one about the time itself, whose answer is never the same again.
    pub fn is_now(encoded: &[u8]) -> bool {
        encoded.first() == Some(&encode::ASK_NOW)
    }
}

/// One question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What was asked.
    pub question: Question,
    /// What was answered.
    pub answer: Answer,
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.question, self.answer)
    }
}

/// The observations of one evaluation in the order in which they were made, encoded.
///
/// The encoding, where `len` is four bytes and all integers are little-endian:
///
/// | question | bytes |
/// |---|---|
/// | look | `00 + source × 4 + aspect`, len, pointer |
/// | test | `03 + source × 4`, len, pointer, relation in one byte, operand |
/// | `clock.now` | `20` |
/// | `clock.before` | `21`, eight bytes |
///
/// | operand of a test | bytes |
/// |---|---|
/// | given | as the answer that is this value, as it was given |
/// | at a pointer | `10 + source`, len, pointer |
///
/// | answer | bytes |
/// |---|---|
/// | absent | `00` |
/// | null, false, true | `01`, `02`, `03` |
/// | integer | `04`, eight bytes |
/// | decimal, text, JSON | `05`, `06`, `07`, len, text |
/// | count | `08`, four bytes |
/// | keys | `09`, how many in four bytes, then len and text of each |
/// | time | `0a`, eight bytes |
/// | before | `0b` no, `0c` yes |
/// | test | `0d` no, `0e` yes |
/// | test, neither | `0f`, then one byte: `00` too large; of the value `10` absent, `11` malformed, `18 + kind` of that kind; of the operand `20`, `21`, `28 + kind` |
///
/// Source, aspect, relation and kind are the numbers that [`Source`], [`Aspect`], [`Relation`](crate::Relation) and
/// [`Kind`](crate::Kind) give their members.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Observations {
    bytes: Vec<u8>,
    count: u32,
}

mod decode;
mod encode;
mod inquiry;

pub use inquiry::{Answers, Inquiry};

impl Observations {
    /// No observations.
    pub fn new() -> Self {
        Self::default()
    }

    /// No observations, with room for this many bytes of them.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            count: 0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The encoding, of which this type's documentation tells the layout.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Each observation in order, decoded.
    pub fn iter(&self) -> impl Iterator<Item = Observation> + '_ {
        decode::Observations::new(&self.bytes)
    }

    /// Each observation in order as its encoded question and its encoded answer, which together are all of
    /// [`as_bytes`](Self::as_bytes).
    pub fn raw(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        decode::Raw::new(&self.bytes)
    }
}

impl fmt::Debug for Observations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} observations", self.count)
    }
}
