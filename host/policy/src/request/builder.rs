//! A request made field by field, without JSON text. Must never accept what the same request as JSON would be refused for.

use std::collections::BTreeMap;

use super::{Request, RequestError};
use crate::{Document, JsonBounds, Node};

type Members = BTreeMap<String, Node>;

/// Builds a [`Request`]; begun by [`Request::builder`]. A field that is set twice keeps the last value.
#[derive(Clone, Debug, Default)]
pub struct RequestBuilder {
    subject: Members,
    action: Members,
    resource: Members,
    subject_properties: Members,
    action_properties: Members,
    resource_properties: Members,
    context: Members,
}

impl RequestBuilder {
    /// Who wants to act: its type, for example `user`, and its id.
    pub fn subject(mut self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        self.subject = typed(kind.into(), id.into());
        self
    }

    /// One of `/subject/properties`.
    pub fn subject_property(mut self, name: impl Into<String>, value: impl Into<Node>) -> Self {
        self.subject_properties.insert(name.into(), value.into());
        self
    }

    /// What it wants to do.
    pub fn action(mut self, name: impl Into<String>) -> Self {
        self.action = Members::from([("name".to_owned(), Node::Text(name.into()))]);
        self
    }

    /// One of `/action/properties`.
    pub fn action_property(mut self, name: impl Into<String>, value: impl Into<Node>) -> Self {
        self.action_properties.insert(name.into(), value.into());
        self
    }

    /// What it wants to act on: its type, for example `record`, and its id.
    pub fn resource(mut self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        self.resource = typed(kind.into(), id.into());
        self
    }

    /// One of `/resource/properties`.
    pub fn resource_property(mut self, name: impl Into<String>, value: impl Into<Node>) -> Self {
        self.resource_properties.insert(name.into(), value.into());
        self
    }

    /// One member of `/context`.
    pub fn context(mut self, name: impl Into<String>, value: impl Into<Node>) -> Self {
        self.context.insert(name.into(), value.into());
        self
    }

    /// The request, within [`JsonBounds::REQUEST`].
    pub fn build(self) -> Result<Request, RequestError> {
        self.build_bounded(&JsonBounds::REQUEST)
    }

    /// The request, within other bounds. The bytes that count are those of its canonical JSON text.
    pub fn build_bounded(self, bounds: &JsonBounds) -> Result<Request, RequestError> {
        let mut root = Members::new();
        insert(&mut root, "subject", self.subject, self.subject_properties);
        insert(&mut root, "action", self.action, self.action_properties);
        insert(
            &mut root,
            "resource",
            self.resource,
            self.resource_properties,
        );
        insert(&mut root, "context", self.context, Members::new());
        Request::from_document(Document::from_node_bounded(&Node::Object(root), bounds)?)
    }
}

fn typed(kind: String, id: String) -> Members {
    Members::from([
        ("type".to_owned(), Node::Text(kind)),
        ("id".to_owned(), Node::Text(id)),
    ])
}

/// What was never mentioned stays absent.
fn insert(root: &mut Members, name: &str, mut entity: Members, properties: Members) {
    if !properties.is_empty() {
        entity.insert("properties".to_owned(), Node::Object(properties));
    }
    if !entity.is_empty() {
        root.insert(name.to_owned(), Node::Object(entity));
    }
}
