//! One answer, as a node of the tree has it. Must never be longer than what a line of the processor's cache has left beside the
//! rest of a node, unless its text is.

use std::ops::Deref;

/// The longest answer that needs no memory of its own: a text of 17 bytes, which most names and kinds are.
const HERE_BYTES_MAX: usize = 22;
/// What the allocator adds to a text of its own.
const ALLOCATED_BYTES: usize = 16;

/// An encoded answer.
pub(super) enum Answer {
    Here {
        length: u8,
        bytes: [u8; HERE_BYTES_MAX],
    },
    Apart(Box<[u8]>),
}

impl Answer {
    /// What an answer takes besides the node.
    pub(super) fn byte_len(answer: &[u8]) -> usize {
        if answer.len() <= HERE_BYTES_MAX {
            0
        } else {
            answer.len() + ALLOCATED_BYTES
        }
    }
}

impl From<&[u8]> for Answer {
    fn from(answer: &[u8]) -> Self {
        let mut bytes = [0; HERE_BYTES_MAX];
        match (bytes.get_mut(..answer.len()), u8::try_from(answer.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(answer);
                Self::Here { length, bytes }
            }
            _ => Self::Apart(answer.into()),
        }
    }
}

impl Deref for Answer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Here { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Apart(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_answers_stay_what_they_are() {
        for length in 0..100 {
            let bytes: Vec<u8> = (0..length).collect();
            let answer = Answer::from(&*bytes);
            assert_eq!(*answer, *bytes);
            let is_here = matches!(answer, Answer::Here { .. });
            assert_eq!(is_here, Answer::byte_len(&bytes) == 0);
        }
    }
}
