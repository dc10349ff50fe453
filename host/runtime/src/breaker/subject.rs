//! Who asks, as a number that nobody else can compute.

/// A keyed hash of `/subject/id`. Nobody can look for an id with the same hash, and the id itself is kept nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Subject(pub(super) u64);

impl Subject {
    pub(super) fn of(key: &[u8; 32], id: &str) -> Self {
        let hash = blake3::keyed_hash(key, id.as_bytes());
        let first = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        Self(u64::from_le_bytes(first))
    }
}
