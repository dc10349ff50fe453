//! The policy has no decision. Must never turn into one.

use std::error::Error;
use std::fmt;

use crate::parameter_error::ParameterError;

/// There is no decision, and the policy is to blame; the tenant's failure policy answers instead, and never by `allow`.
///
/// `?` makes one of any error. For something that a request may well contain, [`deny`](crate::Decision::deny) with a reason is the
/// better answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    message: String,
}

impl Fault {
    /// A fault with this message: lower case, one sentence, no full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    #[cfg(target_arch = "wasm32")]
    pub(crate) fn into_message(self) -> String {
        self.message
    }
}

// `Fault` itself is no `Error`, which is what makes room for this.
impl<E: Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

impl From<ParameterError> for Fault {
    fn from(error: ParameterError) -> Self {
        Self::new(error.into_message())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fault").field(&self.message).finish()
    }
}
