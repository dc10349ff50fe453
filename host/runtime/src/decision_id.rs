//! What names one decision in records, logs and answers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

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
/// It has a cache line of its own, since every thread writes to it for every decision.
#[repr(align(128))]
pub(crate) struct DecisionIds {
    stream: blake3::OutputReader,
    next: AtomicU64,
}

impl DecisionIds {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let stream = blake3::Hasher::new_keyed(seed)
            .update(b"decision ids")
            .finalize_xof();
        Self {
            stream,
            next: AtomicU64::new(0),
        }
    }

    pub(crate) fn next(&self) -> DecisionId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut id = [0; 16];
        let mut stream = self.stream.clone();
        stream.set_position(number * id.len() as u64);
        stream.fill(&mut id);
        DecisionId(id)
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
