//! Everything that questions about JSON values are put to, of one moment. Must never copy what it leads to.

use crate::{Document, Documents, Item, Source, Tokens};

/// What an evaluation, and a recall of one, sees.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The request that is decided.
    pub request: &'a Document,
    /// The tenant's documents.
    pub data: &'a Documents,
    /// The binding's parameters.
    pub parameters: &'a Document,
}

impl<'a> Sources<'a> {
    /// The value at a pointer.
    #[inline]
    pub fn find(&self, source: Source, pointer: &impl Tokens) -> Option<Item<'a>> {
        match source {
            Source::Request => self.request.find(pointer),
            Source::Data => self.data.find(pointer),
            Source::Parameters => self.parameters.find(pointer),
        }
    }
}
