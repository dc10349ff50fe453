//! Where subjects stand who came lately: each thread keeps some in mind, since hashing one takes longer than all the rest of
//! choosing a side. Must never answer for another circle or another attribute: both are compared whole.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use super::{SHORT_BYTES_MAX, SubjectHash};

/// How many subjects a thread keeps in mind, over all rollouts: 14 KiB once it has met one.
const SUBJECTS: usize = 128;

thread_local! {
    static LATELY: RefCell<Vec<Option<Known>>> = const { RefCell::new(Vec::new()) };
}

/// A subject whose place is known.
#[derive(Clone)]
struct Known {
    /// The circle's: no two circles share one.
    key: [u8; 32],
    tag: u8,
    length: u8,
    attribute: [u8; SHORT_BYTES_MAX],
    place: SubjectHash,
}

/// The place of an attribute in the circle of this key, which is computed where it isn't known.
pub(super) fn place(
    key: &[u8; 32],
    tag: u8,
    attribute: &[u8],
    compute: impl FnOnce() -> SubjectHash,
) -> SubjectHash {
    LATELY.with_borrow_mut(|lately| {
        if lately.is_empty() {
            lately.resize(SUBJECTS, None);
        }
        let Some(entry) = lately.get_mut(index(key, attribute)) else {
            return compute();
        };
        match entry {
            Some(known) if known.is(key, tag, attribute) => known.place,
            _ => {
                let place = compute();
                *entry = Known::new(key, tag, attribute, place);
                place
            }
        }
    })
}

fn index(key: &[u8; 32], attribute: &[u8]) -> usize {
    let seed = key.first_chunk().copied().unwrap_or_default();
    let mut hasher = FixedState::with_seed(u64::from_le_bytes(seed)).build_hasher();
    hasher.write(attribute);
    let [first, ..] = hasher.finish().to_be_bytes();
    usize::from(first) % SUBJECTS
}

impl Known {
    /// Nothing where the attribute is too long.
    fn new(key: &[u8; 32], tag: u8, attribute: &[u8], place: SubjectHash) -> Option<Self> {
        let mut known = Self {
            key: *key,
            tag,
            length: u8::try_from(attribute.len()).ok()?,
            attribute: [0; SHORT_BYTES_MAX],
            place,
        };
        known
            .attribute
            .get_mut(..attribute.len())?
            .copy_from_slice(attribute);
        Some(known)
    }

    fn is(&self, key: &[u8; 32], tag: u8, attribute: &[u8]) -> bool {
        let own = self.attribute.get(..usize::from(self.length));
        own == Some(attribute) && self.tag == tag && self.key == *key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_told_apart_by_circle_tag_and_attribute() {
        // More than are kept in mind, so that places are taken over; each is asked for twice in a row.
        let keys = [[1; 32], [2; 32]];
        for round in 0..3_u64 {
            for number in 0..200_u64 {
                for (at, key) in (0..).zip(&keys) {
                    for tag in [b't', b'j'] {
                        let attribute = "x".repeat((number % 62) as usize) + &number.to_string();
                        let attribute = &attribute.as_bytes()[..attribute.len().min(62)];
                        let expected = blake3::keyed_hash(key, &[&[tag], attribute].concat());
                        let expected =
                            u64::from_le_bytes(*expected.as_bytes().first_chunk().unwrap());
                        let computed = place(key, tag, attribute, || expected);
                        assert_eq!(computed, expected, "{round} {number} {at}");
                        let known = place(key, tag, attribute, || panic!("it came just now"));
                        assert_eq!(known, expected);
                    }
                }
            }
        }
    }

    #[test]
    fn what_differs_by_its_end_alone_differs() {
        let key = [3; 32];
        for attribute in [&b"a"[..], b"a\0", b"a\0\0", b""] {
            let length = attribute.len() as u64;
            assert_eq!(place(&key, b't', attribute, || length), length);
        }
    }
}
