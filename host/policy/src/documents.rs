//! A tenant's data: its documents by name, all of one moment. Must never change in place: a decision that has begun sees
//! one version of them from its first question to its last.

mod name;

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::sync::Arc;

pub use name::{DOCUMENT_NAME_BYTES_MAX, DocumentName, DocumentNameError};

use crate::{Document, Item, Keys, Tokens};

/// An immutable set of named documents. A clone shares it; changing gives another set that shares the documents.
///
/// The first token of a pointer names a document and the rest leads into it, as `wit/questions.wit` says.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Documents {
    by_name: Arc<BTreeMap<DocumentName, Document>>,
}

impl Documents {
    /// No documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same set with this document in it, in the place of one of the same name.
    pub fn with(&self, name: DocumentName, document: Document) -> Self {
        let mut by_name = BTreeMap::clone(&self.by_name);
        by_name.insert(name, document);
        Self {
            by_name: Arc::new(by_name),
        }
    }

    /// The same set with these documents in it, in the place of those of the same names.
    pub fn with_all(&self, documents: impl IntoIterator<Item = (DocumentName, Document)>) -> Self {
        let mut by_name = BTreeMap::clone(&self.by_name);
        by_name.extend(documents);
        Self {
            by_name: Arc::new(by_name),
        }
    }

    /// Each document with its name, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&DocumentName, &Document)> {
        self.by_name.iter()
    }

    /// The same set without the document of this name.
    pub fn without(&self, name: &str) -> Self {
        let mut by_name = BTreeMap::clone(&self.by_name);
        by_name.remove(name);
        Self {
            by_name: Arc::new(by_name),
        }
    }

    /// The document of this name.
    pub fn get(&self, name: &str) -> Option<&Document> {
        self.by_name.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &DocumentName> {
        self.by_name.keys()
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// How many bytes all documents hold in memory.
    pub fn byte_len(&self) -> usize {
        self.by_name.values().map(Document::byte_len).sum()
    }

    /// The value at a pointer; the empty pointer names no document.
    pub fn find(&self, pointer: &impl Tokens) -> Option<Item<'_>> {
        let mut tokens = pointer.tokens();
        let document = self.get(tokens.next()?.as_ref())?;
        document.root().find_tokens(tokens)
    }

    /// How many items or members the value at a pointer has; at the empty pointer, how many documents there are.
    pub fn count(&self, pointer: &impl Tokens) -> Option<u32> {
        if is_root(pointer) {
            u32::try_from(self.len()).ok()
        } else {
            self.find(pointer)?.count()
        }
    }

    /// The names of the members of the object at a pointer, sorted; at the empty pointer, those of the documents.
    pub fn keys(&self, pointer: &impl Tokens) -> Option<DocumentKeys<'_>> {
        let names = if is_root(pointer) {
            Names::Documents(self.by_name.keys())
        } else {
            Names::Members(self.find(pointer)?.keys()?)
        };
        Some(DocumentKeys { names })
    }
}

fn is_root(pointer: &impl Tokens) -> bool {
    pointer.tokens().next().is_none()
}

/// A tenant's data stays out of logs.
impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.by_name.iter()).finish()
    }
}

/// The answer of [`Documents::keys`]: names sorted by code point.
#[derive(Clone)]
pub struct DocumentKeys<'a> {
    names: Names<'a>,
}

#[derive(Clone)]
enum Names<'a> {
    Documents(btree_map::Keys<'a, DocumentName, Document>),
    Members(Keys<'a>),
}

impl<'a> Iterator for DocumentKeys<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match &mut self.names {
            Names::Documents(names) => names.next().map(DocumentName::as_str),
            Names::Members(keys) => keys.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.names {
            Names::Documents(names) => names.size_hint(),
            Names::Members(keys) => keys.size_hint(),
        }
    }
}

impl ExactSizeIterator for DocumentKeys<'_> {}

#[cfg(test)]
mod tests;
