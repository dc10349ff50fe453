//! Writing a file so that it is there as a whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use lictor_policy::Digest;

use super::{FileName, Files, KeptFile, Shelf, unusable};
use crate::error::StateError;

/// What begins the name of a file that isn't finished.
const UNFINISHED: &str = "new-";

pub(super) fn is_unfinished(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| name.starts_with(UNFINISHED))
}

impl Files {
    /// Keeps these bytes. When this returns they are on the disk.
    ///
    /// # Errors
    /// They can't be written; nothing of them is left then.
    pub fn keep(&self, shelf: Shelf, bytes: &[u8]) -> Result<KeptFile, StateError> {
        let name = FileName::new(shelf, Digest::of(bytes));
        let length = bytes.len() as u64;
        if self.pin_if_whole(name) {
            return Ok(self.kept(name, length));
        }
        self.write(shelf, |to| to.write_all(bytes))
    }

    /// Keeps what `fill` writes, which need never be in memory as a whole. When this returns it is on the disk.
    ///
    /// # Errors
    /// It can't be written; nothing of it is left then.
    pub fn write(
        &self,
        shelf: Shelf,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<KeptFile, StateError> {
        let unwritten = |error: io::Error| StateError::WriteFile {
            shelf,
            detail: error.to_string(),
        };
        let mut draft = Draft::begin(self.unfinished(shelf)).map_err(unwritten)?;
        fill(&mut draft).map_err(unwritten)?;
        let (digest, bytes) = draft.finish().map_err(unwritten)?;
        let name = FileName::new(shelf, digest);
        self.pin(name);
        // From here on the handle lets go of it if something fails.
        let kept = self.kept(name, bytes);
        draft.publish(&self.path(name)).map_err(unwritten)?;
        self.sync(shelf)?;
        self.uses().of.entry(name).or_default().is_whole = true;
        Ok(kept)
    }

    /// Keeps a file that is there, of so many bytes, for as long as this handle lives. Whether it is whole is found out when it is
    /// read.
    pub fn hold_file(&self, name: FileName, bytes: u64) -> KeptFile {
        self.pin(name);
        self.kept(name, bytes)
    }

    fn kept(&self, name: FileName, bytes: u64) -> KeptFile {
        KeptFile {
            files: self.clone(),
            name,
            bytes,
        }
    }

    fn unfinished(&self, shelf: Shelf) -> PathBuf {
        let number = self.inner.next.fetch_add(1, Ordering::Relaxed);
        let folder = self.inner.folder.path().join(shelf.as_str());
        folder.join(format!("{UNFINISHED}{number}"))
    }

    fn pin(&self, name: FileName) {
        self.uses().of.entry(name).or_default().pins += 1;
    }

    /// Pins a file that this process knows to be whole.
    fn pin_if_whole(&self, name: FileName) -> bool {
        match self.uses().of.get_mut(&name) {
            Some(found) if found.is_whole => {
                found.pins += 1;
                true
            }
            _ => false,
        }
    }

    /// Makes sure that a name in the folder survives a power cut.
    fn sync(&self, shelf: Shelf) -> Result<(), StateError> {
        let folder = self.inner.folder.path().join(shelf.as_str());
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| unusable(&self.inner.folder, error))
    }
}

/// A file that is being written under a name that nobody looks for. It is removed unless it was published.
struct Draft {
    path: PathBuf,
    to: BufWriter<File>,
    hasher: blake3::Hasher,
    is_published: bool,
}

impl Draft {
    fn begin(path: PathBuf) -> io::Result<Self> {
        // What a process that held the folder before left behind.
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self {
            path,
            to: BufWriter::with_capacity(128 * 1024, file),
            hasher: blake3::Hasher::new(),
            is_published: false,
        })
    }

    /// Makes sure that it is on the disk; its digest and length.
    fn finish(&mut self) -> io::Result<(Digest, u64)> {
        self.to.flush()?;
        self.to.get_ref().sync_all()?;
        Ok((self.hasher.finalize().into(), self.hasher.count()))
    }

    fn publish(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.is_published = true;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_published {
            // What can't be removed now is removed at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
