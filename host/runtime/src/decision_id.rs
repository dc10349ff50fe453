//! What names one decision in records, logs and answers.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;
use serde::{Serialize, Serializer};

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
/// The stream comes in blocks of four ids. Each thread has one, so that it needs no lock.
pub(crate) struct DecisionIds {
    /// Tells this stream from those of other hosts in the process.
    number: u64,
    stream: blake3::OutputReader,
    next_block: CachePadded<AtomicU64>,
}

/// The bytes of a block of the stream.
const BLOCK_BYTES: usize = blake3::BLOCK_LEN;
const ID_BYTES: usize = 16;

/// Ids that are still to be handed out: those from `at` on.
struct Block {
    /// The stream that it is of; 0 is none.
    of: u64,
    at: usize,
    bytes: [u8; BLOCK_BYTES],
}

thread_local! {
    /// Where a thread decides for several hosts in turn, what is left of the block is dropped each time: it costs 60 ns.
    static BLOCK: RefCell<Block> = const {
        RefCell::new(Block {
            of: 0,
            at: BLOCK_BYTES,
            bytes: [0; BLOCK_BYTES],
        })
    };
}

impl DecisionIds {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        static STREAMS: AtomicU64 = AtomicU64::new(1);
        let stream = blake3::Hasher::new_keyed(seed)
            .update(b"decision ids")
            .finalize_xof();
        Self {
            number: STREAMS.fetch_add(1, Ordering::Relaxed),
            stream,
            next_block: CachePadded::default(),
        }
    }

    pub(crate) fn next(&self) -> DecisionId {
        BLOCK.with_borrow_mut(|block| {
            if block.of != self.number || block.at == BLOCK_BYTES {
                self.fill(block);
            }
            let id = block.bytes.get(block.at..).and_then(<[u8]>::first_chunk);
            let id = *id.expect("a block is a number of ids");
            block.at += ID_BYTES;
            DecisionId(id)
        })
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
        (block.of, block.at) = (self.number, 0);
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
    fn threads_and_hosts_in_turn_share_no_id() {
        let hosts = [DecisionIds::new(&[1; 32]), DecisionIds::new(&[2; 32])];
        let draw = || {
            (0..100)
                .flat_map(|_| hosts.iter().map(DecisionIds::next))
                .collect::<Vec<_>>()
        };
        let ids = std::thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(draw));
            threads.map(|it| it.join().unwrap()).concat()
        });
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 400);
    }

    #[test]
    fn a_known_seed_gives_known_ids() {
        assert_eq!(
            DecisionIds::new(&[7; 32]).next(),
            DecisionIds::new(&[7; 32]).next()
        );
    }
}
