//! A fault as a program reads it.

use lictor::Fault;
use serde::Serialize;

/// A fault, with who is to blame.
#[derive(Serialize)]
pub(crate) struct Faulted {
    code: &'static str,
    blame: String,
    message: String,
}

impl Faulted {
    /// The fault in words.
    pub(crate) fn of(fault: &Fault) -> Self {
        Self {
            code: fault.code(),
            blame: fault.blame().to_string(),
            message: fault.to_string(),
        }
    }
}
