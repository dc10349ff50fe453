//! Native code that is kept between processes, each file with an authentication code under a key that stands elsewhere.
//!
//! What is found here is run as it is, so nothing is believed: not the name of a file, not its time, not that this host wrote
//! it. A file that doesn't authenticate for exactly what is asked for counts as damaged and is compiled again.
//! Must never hold what a tenant could choose the bytes of, and never be where two tenants meet: a snapshot's file says whose
//! it is.
//!
//! It may be used by several processes at once, also of different versions, and survives the end of any of them at any
//! point: a file appears whole or not at all.

mod draft;
mod entry;
mod folder;
mod key;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use lictor_policy::Digest;

use crate::compiler::Native;
pub(crate) use draft::Draft;
use entry::Found;
pub(crate) use entry::{Authentic, Kind, Meaning};
use folder::Folder;
use key::HostKey;
pub use key::KeyError;

/// Where native code is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// The folder, on a local file system. It is made with mode 0700 where it is missing, and refused if anybody else may enter it.
    pub folder: PathBuf,
    /// The file of the host key: 32 random bytes, made with mode 0600 where it is missing, and refused if anybody else may
    /// read it. It must stand outside of the folder, and outside of whatever is copied or restored together with it.
    pub key_file: PathBuf,
    /// The most bytes that are kept. The oldest use goes first. Default 4 GiB.
    pub bytes_max: u64,
}

impl CacheSettings {
    /// A cache in this folder, under this key, with the default size.
    pub fn new(folder: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            key_file: key_file.into(),
            bytes_max: 4 << 30,
        }
    }
}

/// Why a cache can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The folder can't be made, opened or read.
    #[error("the folder `{}` of native code can't be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may enter the folder.
    #[error("the folder `{}` of native code must belong to this user alone, with mode 0700", folder.display())]
    Shared {
        /// The folder.
        folder: PathBuf,
    },
    /// The key can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What a cache has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Components that were found.
    pub found: u64,
    /// Components that weren't there.
    pub missing: u64,
    /// Files that were damaged, cut, renamed, or written under another key or for another engine.
    pub damaged: u64,
    /// Components whose native code could not be kept, mostly because the disk is full.
    pub not_kept: u64,
}

/// One file of a cache, as it describes itself; nobody has checked that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// The component that was compiled; for a set-up that was snapshotted, the snapshot.
    pub component: Digest,
    /// Whether it is for this engine. If not, it is another version's.
    pub is_current: bool,
    /// Whether it is the snapshot of one binding.
    pub is_snapshot: bool,
    /// Its bytes.
    pub bytes: u64,
}

/// A cache that is open.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: Folder,
    key: HostKey,
    found: AtomicU64,
    missing: AtomicU64,
    damaged: AtomicU64,
    not_kept: AtomicU64,
}

impl Cache {
    pub(crate) fn open(settings: &CacheSettings) -> Result<Self, CacheError> {
        let folder = Folder::open(&settings.folder, settings.bytes_max)?;
        let key = HostKey::open(&settings.key_file, &settings.folder)?;
        Ok(Self {
            folder,
            key,
            found: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            not_kept: AtomicU64::new(0),
        })
    }

    /// The file of this meaning, if it is there and authentic.
    pub(crate) fn find(&self, meaning: &Meaning) -> Option<Authentic> {
        let name = meaning.file_name();
        match entry::open(&self.folder, &name, meaning, &self.key) {
            Found::Authentic(file) => {
                add(&self.found);
                self.folder.note_use(&name);
                Some(file)
            }
            Found::Nothing => {
                add(&self.missing);
                None
            }
            Found::Damaged => {
                self.note_damaged();
                None
            }
        }
    }

    /// Counts a file that turned out to be of no use.
    pub(crate) fn note_damaged(&self) {
        add(&self.damaged);
    }

    /// Writes native code beside the files that can be found; [`Draft::publish`] makes it one of them. `None`, counted, where
    /// it can't be kept.
    pub(crate) fn draft(&self, meaning: &Meaning, native: &Native) -> Option<Draft<'_>> {
        let draft = Draft::write(&self.folder, &self.key, meaning, native.code());
        self.kept(draft)
    }

    /// Makes a draft one of the files that can be found.
    pub(crate) fn publish(&self, draft: Draft<'_>) {
        self.kept(draft.publish());
    }

    fn kept<T>(&self, result: io::Result<T>) -> Option<T> {
        if result.is_err() {
            add(&self.not_kept);
        }
        result.ok()
    }

    pub(crate) fn counts(&self) -> CacheCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheCounts {
            found: count(&self.found),
            missing: count(&self.missing),
            damaged: count(&self.damaged),
            not_kept: count(&self.not_kept),
        }
    }

    /// What is there, the oldest use first.
    pub(crate) fn entries(
        &self,
        is_current: impl Fn(&Meaning) -> bool,
    ) -> io::Result<Vec<CacheEntry>> {
        let files = self.folder.files()?;
        let described = files.into_iter().filter_map(|file| {
            let meaning = entry::describe(&self.folder, &file.name)?;
            Some(CacheEntry {
                component: meaning.component,
                is_current: is_current(&meaning),
                is_snapshot: matches!(meaning.kind, Kind::Snapshot(_)),
                bytes: file.bytes,
            })
        });
        Ok(described.collect())
    }

    /// Removes every file, and says how many there were.
    pub(crate) fn clear(&self) -> io::Result<usize> {
        self.folder.clear()
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
