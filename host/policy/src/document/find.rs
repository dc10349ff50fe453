//! Finds one value by name, place or pointer. Must never walk what it can skip.

use std::cmp::Ordering;
use std::ops::Range;

use super::Item;
use super::layout::{LIST_STRIDE, Span, read_key, sample, shared, skip};
use crate::Tokens;
use crate::pointer::list_index;

impl<'a> Item<'a> {
    /// The value that a pointer leads to from here.
    #[inline]
    pub fn find(self, pointer: &impl Tokens) -> Option<Self> {
        self.find_tokens(pointer.tokens())
    }

    #[inline]
    pub(crate) fn find_tokens(self, mut tokens: impl Iterator<Item: AsRef<str>>) -> Option<Self> {
        tokens.try_fold(self, |item, token| item.step(token.as_ref()))
    }

    #[inline]
    fn step(self, token: &str) -> Option<Self> {
        self.member(token)
            .or_else(|| self.index(list_index(token)?))
    }

    /// The object's member of this name.
    #[inline]
    pub fn member(self, name: &str) -> Option<Self> {
        let span = self.object()?;
        if span.table.is_empty() {
            walk(span, name.as_bytes())
        } else {
            search(span, name.as_bytes())
        }
    }

    /// The list's item at this place, counted from 0.
    pub fn index(self, index: usize) -> Option<Self> {
        let span = self.list().filter(|span| index < span.count as usize)?;
        let stride = LIST_STRIDE as usize;
        let noted = (index / stride)
            .checked_sub(1)
            .and_then(|entry| Some((entry, span.table.get(entry)?)));
        let (from, offset) = noted.map_or((0, 0), |(entry, offset)| ((entry + 1) * stride, offset));
        let bytes = span.body.get(offset..)?;
        Some(Self::at((from..index).fold(bytes, |bytes, _| skip(bytes))))
    }
}

/// Few members, one after the other. Comparing for equality looks at lengths first, which orders don't.
#[inline]
fn walk<'a>(span: Span<'a>, name: &[u8]) -> Option<Item<'a>> {
    let mut rest = span.body;
    for _ in 0..span.count {
        let (key, value) = read_key(rest);
        if same(key, name) {
            return Some(Item::at(value));
        }
        rest = skip(value);
    }
    None
}

/// Whether two names are one. Most are short, and calling the C library's comparison takes longer than comparing them: a tenth
/// of a recalled decision.
#[inline]
fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    match left.len() {
        0..4 => left.iter().eq(right),
        4..8 => {
            left.first_chunk::<4>() == right.first_chunk()
                && left.last_chunk::<4>() == right.last_chunk()
        }
        8..=16 => {
            left.first_chunk::<8>() == right.first_chunk()
                && left.last_chunk::<8>() == right.last_chunk()
        }
        _ => left == right,
    }
}

/// Many members, behind a sorted table.
fn search<'a>(span: Span<'a>, name: &[u8]) -> Option<Item<'a>> {
    let member = |index| Some(read_key(span.body.get(span.table.get(index)?..)?));
    let count = span.count as usize;
    let (first, last) = (member(0)?.0, member(count - 1)?.0);
    if name < first || last < name {
        return None;
    }
    // What lies between two names begins as both do, so that the samples speak for it.
    let Range {
        start: mut low,
        end: mut high,
    } = span
        .samples
        .narrow(sample(name, shared(first, last)), count);
    while low < high {
        let middle = low.midpoint(high);
        let (key, value) = member(middle)?;
        match key.cmp(name) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Some(Item::at(value)),
            Ordering::Greater => high = middle,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn names_are_the_same_when_all_their_bytes_are() {
        for length in 0..40 {
            let name: Vec<u8> = (0..length).collect();
            assert!(same(&name, &name.clone()));
            assert!(!same(&name, &[&name[..], b"x"].concat()));
            for at in 0..name.len() {
                let mut other = name.clone();
                other[at] ^= 0x80;
                assert!(!same(&name, &other), "{length} {at}");
            }
        }
    }
}
