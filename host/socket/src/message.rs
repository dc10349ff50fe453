//! What is said on the socket.

use lictor::{Part, Refused, Reply, Verb};
use serde::{Deserialize, Serialize};

use crate::frame::{ANSWER_BYTES_MAX, Carrier, ORDER_BYTES_MAX};

/// One verb, with who gives it and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Who.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What.
    pub verb: Verb,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// It is done.
    Done(Reply),
    /// It isn't, and nothing has changed.
    Refused(Refused),
}

impl Carrier for Order {
    const NOUN: &'static str = "the order";
    const BYTES_MAX: u32 = ORDER_BYTES_MAX;

    fn parts_mut(&mut self) -> Vec<&mut Part> {
        self.verb.parts_mut()
    }
}

impl Carrier for Answer {
    const NOUN: &'static str = "the answer";
    const BYTES_MAX: u32 = ANSWER_BYTES_MAX;

    fn parts_mut(&mut self) -> Vec<&mut Part> {
        match self {
            Answer::Done(reply) => reply.parts_mut(),
            Answer::Refused(_) => Vec::new(),
        }
    }
}
