//! Immutable JSON documents in one compact buffer, made for being asked by pointer and replaced as a whole.
//!
//! Must never change after it is built, and never give a value in two spellings.
//!
//! # Why an encoding of our own
//!
//! A tenant's directory of a million users is 100 MB of JSON text. A tree of nodes would take 5 to 20 times that, and while
//! it is replaced the old tree, the new one and the incoming text are alive together. The aim is 3 times the text at that
//! moment, and a lookup below a microsecond. So a document is one buffer in which a value costs what JSON's punctuation
//! would cost, and often less:
//!
//! - a scalar is a byte that says what it is, then its bytes; short texts and small integers need just that one byte. Equal
//!   scalars have equal bytes;
//! - a small container is two bytes (what and how many, then how long) and its items; the members of a small object stand
//!   sorted by code point, so that they are found by walking;
//! - a large container has nine bytes in front. The members of a large object keep the order of the text, and a table of
//!   their offsets sorted by name follows them, four bytes each, so that sorting moves no bodies, and so does a sample of
//!   every 8th name, so that a search looks at few bodies. A long list has the offset of every 16th item.
//!
//! The parser writes the buffer front to back in one pass. It is reserved once, as long as the text: what isn't written
//! isn't resident, and nothing is copied by growing. Besides there are only the offsets of the objects that are still open,
//! four bytes a member. So while a document is replaced, text, old and new are 1 + 0.9 + 0.9 of the text for a usual
//! directory (`layout.rs` has the encoding).
//!
//! A document is at most 4 GiB, which is what the offsets can address.

mod builder;
mod find;
mod item;
mod layout;
mod merge;
mod node;
mod order;
mod serialize;
mod walk;

use std::fmt;
use std::sync::Arc;

pub(crate) use builder::{Around, Builder};
pub use item::Item;
pub(crate) use item::Shape;
pub use walk::{Items, Keys, Members};

use crate::json::{self, Length};
use crate::{JsonBounds, JsonError, Node, Tokens};

/// An immutable JSON document. A clone shares the buffer.
#[derive(Clone)]
pub struct Document {
    // Not `Arc<[u8]>`, which would copy the buffer once more when it is built.
    buffer: Arc<Vec<u8>>,
}

impl Document {
    /// Reads JSON text (RFC 8259), refusing what goes beyond the bounds and members that appear twice.
    pub fn parse(text: &[u8], bounds: &JsonBounds) -> Result<Self, JsonError> {
        json::parse(text, bounds)
    }

    /// Encodes a tree that was built by hand, within [`JsonBounds::DOCUMENT`].
    pub fn from_node(node: &Node) -> Result<Self, JsonError> {
        Self::from_node_bounded(node, &JsonBounds::DOCUMENT)
    }

    /// Encodes a tree that was built by hand. The bytes that count are those of its canonical JSON text.
    pub fn from_node_bounded(node: &Node, bounds: &JsonBounds) -> Result<Self, JsonError> {
        let document = node::encode(node, bounds)?;
        document.check_length(bounds)?;
        Ok(document)
    }

    /// The empty object.
    pub fn empty() -> Self {
        Self {
            buffer: Arc::new(vec![layout::EMPTY_OBJECT, 0]),
        }
    }

    /// The whole document as a value.
    #[inline]
    pub fn root(&self) -> Item<'_> {
        Item::at(&self.buffer)
    }

    /// The value at a pointer.
    #[inline]
    pub fn find(&self, pointer: &impl Tokens) -> Option<Item<'_>> {
        self.root().find(pointer)
    }

    /// Whether both share one buffer, which takes no reading.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.buffer, &other.buffer)
    }

    /// How many bytes the document holds in memory.
    pub fn byte_len(&self) -> usize {
        self.buffer.len()
    }

    /// Writes the document as canonical JSON text, piece by piece.
    pub fn write_json(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.root().write_json(out)
    }

    /// The document as canonical JSON text.
    pub fn to_json(&self) -> String {
        self.root().to_json()
    }

    fn check_length(&self, bounds: &JsonBounds) -> Result<(), JsonError> {
        // No encoded byte becomes more than 6 of text (`\u0000`, `false,`), so short documents need no counting.
        if self.byte_len().saturating_mul(6) <= bounds.bytes_max {
            return Ok(());
        }
        let mut length = Length::default();
        let counted = self.write_json(&mut length);
        match length.0 {
            bytes if counted.is_err() || bytes > bounds.bytes_max => Err(JsonError::TooLarge {
                noun: bounds.noun,
                bytes,
                bytes_max: bounds.bytes_max,
            }),
            _ => Ok(()),
        }
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::empty()
    }
}

/// Two documents are equal when their canonical JSON is, whatever the order of members in the texts they came from.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.buffer, &other.buffer) || self.root() == other.root()
    }
}

impl Eq for Document {}

/// A tenant's data stays out of logs.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.byte_len())
    }
}

#[cfg(test)]
mod tests;
