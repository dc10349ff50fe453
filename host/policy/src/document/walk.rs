//! Walks a list or an object in order. Must never allocate.

use std::iter::FusedIterator;

use super::Item;
use super::layout::{Span, Table, as_str, read_key, skip};

/// The items of a list, in order.
#[derive(Clone)]
pub struct Items<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Items<'a> {
    pub(super) fn over(span: Span<'a>) -> Self {
        Self {
            rest: span.body,
            left: span.count,
        }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let item = Item::at(self.rest);
        self.rest = skip(self.rest);
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Items<'_> {}
impl FusedIterator for Items<'_> {}

/// The members of an object, sorted by the code points of their names.
#[derive(Clone)]
pub struct Members<'a> {
    body: &'a [u8],
    table: Table<'a>,
    next: u32,
    count: u32,
}

impl<'a> Members<'a> {
    pub(super) fn over(span: Span<'a>) -> Self {
        Self {
            body: span.body,
            table: span.table,
            next: 0,
            count: span.count,
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Item<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.count {
            return None;
        }
        let (key, value) = match self.table.get(self.next as usize) {
            Some(offset) => read_key(self.body.get(offset..)?),
            None => {
                let (key, value) = read_key(self.body);
                self.body = skip(value);
                (key, value)
            }
        };
        self.next += 1;
        Some((as_str(key), Item::at(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.count - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Members<'_> {}
impl FusedIterator for Members<'_> {}

/// The names of an object's members, sorted by code point.
#[derive(Clone)]
pub struct Keys<'a> {
    members: Members<'a>,
}

impl<'a> Keys<'a> {
    pub(super) fn over(members: Members<'a>) -> Self {
        Self { members }
    }
}

impl<'a> Iterator for Keys<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.members.next().map(|(key, _)| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.members.size_hint()
    }
}

impl ExactSizeIterator for Keys<'_> {}
impl FusedIterator for Keys<'_> {}
