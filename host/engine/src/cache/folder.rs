//! The folder of the cache: its files by name, and how many bytes they may have together.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, flock,
    fstat, openat, statat, unlinkat, utimensat,
};
use rustix::io::Errno;

use super::CacheError;

/// What the names of unfinished files begin with.
pub(super) const DRAFT: &str = "draft-";
/// After how large a part of the most bytes the folder is looked at again: others may have written to it.
const LOOK_AGAIN: u64 = 32;

/// The folder, by its descriptor: whatever its path leads to later, this is the one that was checked.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) folder: OwnedFd,
    bytes_max: u64,
    /// Bytes that this process has written since it last looked.
    written: AtomicU64,
}

/// A file of the folder.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// When it was used last, in seconds and nanoseconds.
    used: (i64, u64),
}

impl Folder {
    pub(super) fn open(path: &Path, bytes_max: u64) -> Result<Self, CacheError> {
        let refuse = |source: io::Error| CacheError::Folder {
            folder: path.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(refuse)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder =
            rustix::fs::open(path, flags, Mode::empty()).map_err(|error| refuse(error.into()))?;
        let stat = fstat(&folder).map_err(|error| refuse(error.into()))?;
        let own = rustix::process::geteuid().as_raw();
        if stat.st_uid != own || stat.st_mode & 0o077 != 0 {
            return Err(CacheError::Shared {
                folder: path.to_owned(),
            });
        }
        let folder = Self {
            folder,
            bytes_max,
            written: AtomicU64::new(0),
        };
        folder.remove_dead_drafts().map_err(refuse)?;
        folder.make_room(0).map_err(refuse)?;
        Ok(folder)
    }

    /// Opens a file for reading, if it is one: no link is followed and nothing is waited for.
    pub(super) fn file(&self, name: &str) -> Result<File, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        openat(&self.folder, name, flags, Mode::empty()).map(File::from)
    }

    /// Remembers that a file was used just now. That it can't be is no matter: it goes earlier then.
    pub(super) fn note_use(&self, name: &str) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        let _ = utimensat(&self.folder, name, &times, AtFlags::SYMLINK_NOFOLLOW);
    }

    /// Whether that many bytes may be kept at all.
    pub(super) fn can_hold(&self, bytes: u64) -> bool {
        bytes <= self.bytes_max
    }

    /// Counts a new file, and from time to time removes the oldest.
    pub(super) fn note_written(&self, bytes: u64) -> io::Result<()> {
        let written = self.written.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if written < self.bytes_max / LOOK_AGAIN {
            return Ok(());
        }
        self.written.store(0, Ordering::Relaxed);
        // Twice as much room as may be filled until the next look, so that two processes don't pass the bound together.
        self.make_room(2 * (self.bytes_max / LOOK_AGAIN))
    }

    /// Removes the oldest files until there is that much room. What a running host has mapped stays with it.
    fn make_room(&self, room: u64) -> io::Result<()> {
        let files = self.files()?;
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        if total <= self.bytes_max {
            return Ok(());
        }
        for file in files {
            if total <= self.bytes_max - room.min(self.bytes_max) {
                break;
            }
            self.remove(&file.name)?;
            total -= file.bytes;
        }
        Ok(())
    }

    /// The finished files, the oldest use first.
    pub(super) fn files(&self) -> io::Result<Vec<Listed>> {
        let mut files = Vec::new();
        for name in self.names()? {
            if !is_finished(&name) {
                continue;
            }
            // One that is gone by now was another process's to remove.
            let Ok(stat) = statat(&self.folder, &name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                files.push(Listed {
                    name,
                    bytes: u64::try_from(stat.st_size).unwrap_or(0),
                    used: (stat.st_mtime, stat.st_mtime_nsec),
                });
            }
        }
        files.sort_by(|one, other| (one.used, &one.name).cmp(&(other.used, &other.name)));
        Ok(files)
    }

    pub(super) fn clear(&self) -> io::Result<usize> {
        let files = self.files()?;
        for file in &files {
            self.remove(&file.name)?;
        }
        Ok(files.len())
    }

    /// Removes what a process left unfinished that has ended: a living one holds a lock.
    fn remove_dead_drafts(&self) -> io::Result<()> {
        for name in self.names()? {
            if !name.starts_with(DRAFT) {
                continue;
            }
            let Ok(draft) = self.file(&name) else {
                continue;
            };
            if flock(&draft, FlockOperation::NonBlockingLockExclusive).is_ok() {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            // This host writes no other names; whatever else is there isn't its business.
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        Ok(names)
    }
}

/// Whether it is a name of a finished file: a digest. What has other names isn't this host's business.
fn is_finished(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
