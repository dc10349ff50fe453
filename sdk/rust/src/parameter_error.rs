//! Why parameters are refused. Must name what the tenant has to change.

use std::error::Error;
use std::fmt;

/// The parameters are wrong; the binding is refused and whoever binds sees the message.
///
/// `?` makes one of any error, above all of a [`Mismatch`](crate::Mismatch).
#[derive(Clone, PartialEq, Eq)]
pub struct ParameterError {
    message: String,
}

impl ParameterError {
    /// An error with this message: lower case, one sentence, no full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// An error about what stands at a pointer: ``at("/limit", "must not be negative")`` says "`/limit` must not be negative".
    pub fn at(pointer: &str, complaint: &str) -> Self {
        let mut message = String::from("`");
        for part in [pointer, "` ", complaint] {
            message.push_str(part);
        }
        Self::new(message)
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn into_message(self) -> String {
        self.message
    }
}

// `ParameterError` itself is no `Error`, which is what makes room for this.
impl<E: Error> From<E> for ParameterError {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParameterError")
            .field(&self.message)
            .finish()
    }
}
