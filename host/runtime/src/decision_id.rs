//! What names one decision in records, logs and answers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_utils::CachePadded;
use serde::{Serialize, Serializer};

use crate::recall::thread_number;

/// Names one decision: 16 bytes, written as 32 hexadecimal digits.
///
/// They are drawn from a stream of random bytes, so that no two decisions share one, and none tells a tenant how many
/// decisions others had in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId([u8; 16]);

impl DecisionId {
    /// Its first bytes as a number, which is as random as all of it.
    pub(crate) fn number(self) -> u64 {
        let [first @ .., _, _, _, _, _, _, _, _] = self.0;
        u64::from_le_bytes(first)
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for DecisionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Hands out decision ids: pieces of BLAKE3's extended output, keyed by the seed of this start of the host.
///
/// The stream comes in blocks of four ids. Each thread has one of several blocks, so that threads seldom meet.
pub(crate) struct DecisionIds {
    stream: blake3::OutputReader,
    next_block: CachePadded<AtomicU64>,
    blocks: [CachePadded<Mutex<Block>>; BLOCKS],
}

/// How many blocks are given out at once.
const BLOCKS: usize = 8;
/// The bytes of a block of the stream.
const BLOCK_BYTES: usize = blake3::BLOCK_LEN;
const ID_BYTES: usize = 16;

/// Ids that are still to be handed out: those from `at` on.
struct Block {
    bytes: [u8; BLOCK_BYTES],
    at: usize,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            bytes: [0; BLOCK_BYTES],
            at: BLOCK_BYTES,
        }
    }
}

impl DecisionIds {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let stream = blake3::Hasher::new_keyed(seed)
            .update(b"decision ids")
            .finalize_xof();
        Self {
            stream,
            next_block: CachePadded::default(),
            blocks: Default::default(),
        }
    }

    pub(crate) fn next(&self) -> DecisionId {
        let mine = self.blocks.get(thread_number() % BLOCKS);
        let mine = mine.expect("the remainder is less");
        // A block that a panicking thread left behind gives ids that nobody has.
        let mut block = mine.lock().unwrap_or_else(PoisonError::into_inner);
        if block.at == BLOCK_BYTES {
            self.fill(&mut block);
        }
        let id = block.bytes.get(block.at..).and_then(<[u8]>::first_chunk);
        let id = *id.expect("a block is a number of ids");
        block.at += ID_BYTES;
        DecisionId(id)
    }

    /// 32 bytes that nobody can guess.
    pub(crate) fn salt(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for id in [self.next(), self.next()] {
            hasher.update(&id.0);
        }
        hasher.finalize().into()
    }

    fn fill(&self, block: &mut Block) {
        let number = self.next_block.fetch_add(1, Ordering::Relaxed);
        let mut stream = self.stream.clone();
        stream.set_position(number * BLOCK_BYTES as u64);
        stream.fill(&mut block.bytes);
        block.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_decisions_share_an_id_and_no_two_starts_a_stream() {
        let (first, second) = (DecisionIds::new(&[1; 32]), DecisionIds::new(&[2; 32]));
        let ids: BTreeSet<String> = (0..1_000)
            .flat_map(|_| [first.next(), second.next()])
            .map(|id| id.to_string())
            .collect();
        assert_eq!(ids.len(), 2_000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }

    #[test]
    fn a_known_seed_gives_known_ids() {
        assert_eq!(
            DecisionIds::new(&[7; 32]).next(),
            DecisionIds::new(&[7; 32]).next()
        );
    }
}
