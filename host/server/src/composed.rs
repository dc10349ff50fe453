//! Requests put together from the members of what came.

use lictor::{Document, Item, Request, RequestError};

/// The members that make a request, in the order of their names.
const MEMBERS: [&str; 4] = ["action", "context", "resource", "subject"];

/// The text of a request whose members come from wherever they are found.
#[derive(Debug, Default)]
pub(crate) struct Composed {
    text: String,
}

impl Composed {
    /// The request that has each member as the item has it, or where it hasn't, as the defaults have it. Whole members
    /// replace one another; nothing is merged inside them.
    ///
    /// # Errors
    /// What comes out is no request.
    pub(crate) fn item(defaults: Item<'_>, item: Item<'_>) -> Result<Request, RequestError> {
        let mut composed = Self::default();
        for name in MEMBERS {
            if let Some(member) = item.member(name).or_else(|| defaults.member(name)) {
                composed.put(name, &member.to_json());
            }
        }
        composed.build()
    }

    /// Puts a member in: a name that needs no escapes, and JSON text.
    pub(crate) fn put(&mut self, name: &str, json: &str) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
        self.text.push_str(json);
    }

    pub(crate) fn build(mut self) -> Result<Request, RequestError> {
        if self.text.is_empty() {
            self.text.push('{');
        }
        self.text.push('}');
        Request::from_json(self.text.as_bytes())
    }
}

/// What came, which must be an object.
pub(crate) fn object(body: &[u8], bytes_max: usize) -> Result<Document, RequestError> {
    let bounds = lictor::JsonBounds {
        bytes_max,
        ..lictor::JsonBounds::REQUEST
    };
    let document = Document::parse(body, &bounds)?;
    match document.root().members() {
        Some(_) => Ok(document),
        None => Err(RequestError::NoObject),
    }
}
