//! What the tests' policies see: requests, documents and a time.

use lictor_engine::View;
use lictor_policy::{Document, DocumentName, Documents, JsonBounds, Request};

/// The time of every request, unless a test says otherwise: 2026-01-01T00:00:00.007Z.
pub const NOW_MS: u64 = 1_767_225_600_007;

/// A document from JSON text.
///
/// # Panics
/// The text is no JSON.
pub fn document(json: &str) -> Document {
    Document::parse(json.as_bytes(), &JsonBounds::default()).expect("the test's JSON is right")
}

/// An agent that wants to purchase something for this amount.
///
/// # Panics
/// Never: it has all that a request needs.
pub fn request(amount: i64) -> Request {
    Request::builder()
        .subject("agent", "agent-7")
        .subject_property("tier", "gold")
        .action("purchase")
        .resource("order", "4711")
        .context("amount", amount)
        .build()
        .expect("the request is whole")
}

/// The documents of a tenant: its users.
///
/// # Panics
/// Never: the text is JSON.
pub fn documents() -> Documents {
    let name: DocumentName = "users".parse().expect("a good name");
    Documents::new().with(name, document(r#"{"agent-7": {"roles": ["buyer"]}}"#))
}

/// A purchase for 250 at [`NOW_MS`].
pub fn view() -> View {
    View {
        request: request(250),
        data: documents(),
        now_ms: NOW_MS,
    }
}
