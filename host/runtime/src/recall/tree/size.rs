//! How many bytes of the budget the parts of a tree take.

use lictor_policy::{Decision, Digest, Observations};

use super::answer::Answer;
use super::{Edge, End, Node, NodeId, Remembered};
use crate::recall::questions::Questions;

/// What a node takes besides its texts. Arena, table and queue grow by doubling, so that up to half of them is empty.
pub(super) const NODE_BYTES: usize = 2 * (size_of::<Node>() + size_of::<Edge>() + 2);
/// What a root takes besides, twice for the same reason.
pub(super) const ROOT_BYTES: usize = 2 * size_of::<(Digest, NodeId)>();
/// What a leaf takes besides.
pub(super) const LEAF_BYTES: usize = 2 * size_of::<NodeId>();

/// The most bytes that a path takes where nothing of it is there yet.
pub(in crate::recall) fn path_bytes<'a>(
    path: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    end: &End,
) -> usize {
    let root = NODE_BYTES + ROOT_BYTES;
    path.fold(root + end.byte_len(), |bytes, (question, answer)| {
        bytes + NODE_BYTES + Answer::byte_len(answer) + Questions::byte_len(question)
    })
}

impl End {
    pub(super) fn byte_len(&self) -> usize {
        LEAF_BYTES
            + match self {
                End::Never => 0,
                End::Decided(remembered) => remembered.byte_len(),
            }
    }
}

impl Remembered {
    /// How many bytes it takes: what the allocator gives to each text counts as 16 bytes more.
    pub(super) fn byte_len(&self) -> usize {
        const TEXT: usize = size_of::<String>() + 16;
        let decision = &self.decision;
        let labels = |annotations: &lictor_policy::Annotations| annotations.len() * 2 * TEXT;
        let reasons = decision.reasons.iter();
        let reasons = reasons.map(|it| 2 * TEXT + 24 + labels(&it.annotations));
        let obligations = decision.obligations.iter();
        let obligations = obligations.map(|it| 3 * TEXT + 24 + labels(&it.annotations));
        let decision_bytes = size_of::<Decision>()
            + decision.byte_len()
            + labels(&decision.annotations)
            + reasons.sum::<usize>()
            + obligations.sum::<usize>();
        let observations = size_of::<Observations>() + self.observations.as_bytes().len();
        size_of::<Self>() + decision_bytes + observations + 4 * 16
    }
}
