//! The question that is to be decided, in the shape of AuthZEN 1.0: who wants to do what to which thing, and around it.
//!
//! Must never exist without a subject, an action and a resource that have their names.

mod builder;
mod shape;

use std::fmt;

pub use builder::RequestBuilder;

use crate::{Document, JsonBounds, JsonError};

/// One request. A clone shares its document.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    // INVARIANT: `shape::check` has accepted it.
    document: Document,
}

/// Why something is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It is no JSON that is accepted.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The JSON is something other than an object.
    #[error("the request must be an object")]
    NoObject,
    /// A member must be there.
    #[error("`{pointer}` is missing")]
    Missing {
        /// Which.
        pointer: &'static str,
    },
    /// A member must be an object.
    #[error("`{pointer}` must be an object")]
    NotObject {
        /// Which.
        pointer: &'static str,
    },
    /// A member must be a text that isn't empty.
    #[error("`{pointer}` must be a non-empty text")]
    NotText {
        /// Which.
        pointer: &'static str,
    },
}

impl Request {
    /// Reads JSON text within [`JsonBounds::REQUEST`].
    ///
    /// Members that AuthZEN doesn't name are kept, so that a policy can ask for them.
    pub fn from_json(text: &[u8]) -> Result<Self, RequestError> {
        Self::from_json_bounded(text, &JsonBounds::REQUEST)
    }

    /// Reads JSON text within other bounds.
    pub fn from_json_bounded(text: &[u8], bounds: &JsonBounds) -> Result<Self, RequestError> {
        Self::from_document(Document::parse(text, bounds)?)
    }

    /// Takes a document that has the shape of a request.
    pub fn from_document(document: Document) -> Result<Self, RequestError> {
        shape::check(&document)?;
        Ok(Self { document })
    }

    /// Begins a request that is built field by field, without JSON text.
    pub fn builder() -> RequestBuilder {
        RequestBuilder::default()
    }

    /// The whole request.
    #[inline]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// `/subject/type`
    pub fn subject_type(&self) -> &str {
        self.text("subject", "type")
    }

    /// `/subject/id`
    #[inline]
    pub fn subject_id(&self) -> &str {
        self.text("subject", "id")
    }

    /// `/action/name`
    pub fn action_name(&self) -> &str {
        self.text("action", "name")
    }

    /// `/resource/type`
    pub fn resource_type(&self) -> &str {
        self.text("resource", "type")
    }

    /// `/resource/id`
    pub fn resource_id(&self) -> &str {
        self.text("resource", "id")
    }

    #[inline]
    fn text(&self, entity: &str, member: &str) -> &str {
        let item = self
            .document
            .root()
            .member(entity)
            .and_then(|entity| entity.member(member));
        item.and_then(|item| item.as_text())
            .expect("the shape was checked")
    }
}

/// What a tenant's callers ask stays out of logs.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} bytes)", self.document.byte_len())
    }
}

#[cfg(test)]
mod tests;
