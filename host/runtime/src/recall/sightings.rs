//! Which paths found no room in a full memory, so that those that are wanted again are taken in. Must never take more than
//! its one small table: it stands outside of the budget.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::FixedState;
use lru::LruCache;

/// How many paths are kept in mind.
const PATHS: NonZeroUsize = NonZeroUsize::new(128).expect("it is more than nothing");

/// The last paths that found no room, each by its hash: some 8 KiB once there is one.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    paths: Mutex<Option<LruCache<u64, (), FixedState>>>,
}

impl Sightings {
    /// Whether the path with this hash was here before, as far as that is kept in mind. It is from now on.
    pub(super) fn note(&self, path: u64) -> bool {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        // The hashes are spread already: nobody outside chooses them.
        let made = || LruCache::with_hasher(PATHS, FixedState::default());
        paths.get_or_insert_with(made).put(path, ()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_soon_is_known() {
        let sightings = Sightings::default();
        let known = PATHS.get() as u64;
        assert!((0..known).all(|path| !sightings.note(path)));
        assert!((0..known).all(|path| sightings.note(path)));
        // One more, and the one that was unused for longest is forgotten.
        assert!(sightings.note(0));
        assert!(!sightings.note(known));
        assert!(sightings.note(0));
        assert!(!sightings.note(1));
    }
}
