//! What is too large for the store: artifacts and documents, each in a file that is named by the digest of its bytes.
//!
//! A file is whole and on the disk before any entry names it: it is written under another name, synced, renamed, and its
//! folder synced. It goes when the last entry that named it is gone from the disk, or at the next start. Must never be given
//! out without its bytes having been checked against its name.

mod name;
mod write;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lictor_policy::Digest;

use crate::error::StateError;
use crate::folder::Folder;

pub use name::{FileName, Shelf};

/// The files of a state folder. Clones are handles to the same ones.
#[derive(Clone, Debug)]
pub struct Files {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: Folder,
    uses: Mutex<Uses>,
    /// Numbers files that are being written.
    next: AtomicU64,
}

/// Who needs which file.
#[derive(Debug, Default)]
struct Uses {
    of: HashMap<FileName, Use>,
    /// Whether nothing may be removed any more: it isn't known what the disk names, or somebody else may hold the folder.
    frozen: bool,
    /// Whether nothing may be removed until it is known what became of a change that failed.
    held: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Use {
    /// How many entries of the store name it.
    entries: u64,
    /// How many changes that aren't made yet will name it.
    pins: u64,
    /// Whether this process has written it or read it and found it whole.
    is_whole: bool,
}

/// A file that is there, for a change that will name it. It goes with this handle if no entry names it by then.
#[derive(Debug)]
pub struct KeptFile {
    files: Files,
    name: FileName,
    bytes: u64,
}

impl KeptFile {
    /// Its name.
    pub fn name(&self) -> FileName {
        self.name
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        let mut uses = self.files.uses();
        if let Some(found) = uses.of.get_mut(&self.name) {
            found.pins = found.pins.saturating_sub(1);
        }
        self.files.remove_unused(&mut uses, self.name);
    }
}

impl Files {
    /// The files of a folder, of which none is needed yet. Makes the folders in it.
    pub(crate) fn open(folder: &Folder) -> Result<Self, StateError> {
        let mut is_new = false;
        for shelf in Shelf::ALL {
            let made = fs::DirBuilder::new()
                .mode(0o700)
                .create(folder.path().join(shelf.as_str()));
            match made {
                Ok(()) => is_new = true,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unusable(folder, error)),
            }
        }
        if is_new {
            folder.sync()?;
        }
        Ok(Self {
            inner: Arc::new(Inner {
                folder: folder.clone(),
                uses: Mutex::default(),
                next: AtomicU64::new(0),
            }),
        })
    }

    /// The bytes of a file, after they were checked.
    ///
    /// # Errors
    /// It is missing, can't be read, or has other bytes than it must have.
    pub fn read(&self, name: FileName) -> Result<Vec<u8>, StateError> {
        let read = fs::read(self.path(name)).map_err(|error| said(&error));
        let whole = read.and_then(|bytes| match Digest::of(&bytes) {
            digest if digest == name.digest() => Ok(bytes),
            _ => Err(OTHER_BYTES.to_owned()),
        });
        self.note(name, whole)
    }

    /// Hands the bytes of a file on, piece by piece, and checks them meanwhile. Returns how many there were.
    ///
    /// # Errors
    /// As for [`Files::read`], or `piece` fails.
    pub(crate) fn each_piece(
        &self,
        name: FileName,
        mut piece: impl FnMut(&[u8]) -> Result<(), StateError>,
    ) -> Result<u64, StateError> {
        let opened = File::open(self.path(name));
        let mut file = opened.map_err(|error| self.damaged(name, said(&error)))?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = Vec::with_capacity(PIECE_BYTES);
        loop {
            buffer.clear();
            let mut next = file.by_ref().take(PIECE_BYTES as u64);
            let read = next.read_to_end(&mut buffer);
            if read.map_err(|error| self.damaged(name, said(&error)))? == 0 {
                break;
            }
            hasher.update(&buffer);
            piece(&buffer)?;
        }
        let whole = match Digest::from(hasher.finalize()) {
            digest if digest == name.digest() => Ok(hasher.count()),
            _ => Err(OTHER_BYTES.to_owned()),
        };
        self.note(name, whole)
    }

    /// Remembers that a file was found whole, or isn't.
    fn note<T>(&self, name: FileName, found: Result<T, String>) -> Result<T, StateError> {
        let found = found.map_err(|detail| self.damaged(name, detail))?;
        if let Some(known) = self.uses().of.get_mut(&name) {
            known.is_whole = true;
        }
        Ok(found)
    }

    /// Remembers that a file isn't whole: the next who keeps it writes it anew.
    fn damaged(&self, name: FileName, detail: String) -> StateError {
        if let Some(known) = self.uses().of.get_mut(&name) {
            known.is_whole = false;
        }
        StateError::File { file: name, detail }
    }

    /// What entries name, once the store was read.
    pub(crate) fn count(&self, names: impl IntoIterator<Item = FileName>) {
        let mut uses = self.uses();
        for name in names {
            uses.of.entry(name).or_default().entries += 1;
        }
    }

    /// The files that entries name, sorted.
    pub(crate) fn named(&self) -> Vec<FileName> {
        let uses = self.uses();
        let named = uses.of.iter().filter(|(_, found)| found.entries > 0);
        let mut names: Vec<_> = named.map(|(name, _)| *name).collect();
        names.sort();
        names
    }

    /// What a change that is on the disk has named and no longer names. What nothing names any more goes.
    pub(crate) fn exchange(&self, named: &[FileName], dropped: &[FileName]) {
        let mut uses = self.uses();
        for name in named {
            uses.of.entry(*name).or_default().entries += 1;
        }
        for name in dropped {
            if let Some(found) = uses.of.get_mut(name) {
                found.entries = found.entries.saturating_sub(1);
            }
        }
        for name in dropped {
            self.remove_unused(&mut uses, *name);
        }
    }

    /// Removes nothing until [`Files::release`].
    pub(crate) fn hold(&self) {
        self.uses().held = true;
    }

    /// The change that failed is not on the disk.
    pub(crate) fn release(&self) {
        self.uses().held = false;
    }

    /// Removes nothing any more.
    pub(crate) fn freeze(&self) {
        self.uses().frozen = true;
    }

    /// Removes what nothing names: what was left by a process that ended before it had made its change. What can't be removed
    /// is left for the next start.
    pub(crate) fn sweep(&self) {
        let uses = self.uses();
        if uses.frozen {
            return;
        }
        for shelf in Shelf::ALL {
            let folder = self.inner.folder.path().join(shelf.as_str());
            let Ok(found) = fs::read_dir(folder) else {
                continue;
            };
            for file in found.flatten() {
                let name = file.file_name();
                let is_needed = match FileName::of_file(shelf, &name) {
                    Some(name) => uses.of.contains_key(&name),
                    // Not ours, unless it was never finished.
                    None => !write::is_unfinished(&name),
                };
                if !is_needed {
                    let _ = fs::remove_file(file.path());
                }
            }
        }
    }

    fn remove_unused(&self, uses: &mut Uses, name: FileName) {
        let found = uses.of.get(&name).copied().unwrap_or_default();
        if uses.frozen || uses.held || found.entries > 0 || found.pins > 0 {
            return;
        }
        uses.of.remove(&name);
        // What can't be removed now is removed at the next start.
        let _ = fs::remove_file(self.path(name));
    }

    fn path(&self, name: FileName) -> PathBuf {
        self.inner.folder.path().join(name.to_string())
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        // Counts are changed by whole steps.
        self.inner
            .uses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much of a file is in memory at a time where it is handed on.
const PIECE_BYTES: usize = 192 * 1024;

/// What is said of a file that can be read and is another.
const OTHER_BYTES: &str = "its bytes are not those that were written";

fn said(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "it is missing".to_owned(),
        _ => error.to_string(),
    }
}

fn unusable(folder: &Folder, source: io::Error) -> StateError {
    StateError::Folder {
        folder: folder.path().to_owned(),
        source,
    }
}
