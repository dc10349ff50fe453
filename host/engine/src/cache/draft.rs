//! A file of the cache that nobody can find yet. It is removed again unless it is published.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Write};

use rustix::fs::{FlockOperation, Mode, OFlags, fchmod, flock, fsync, openat, renameat};

use super::entry::{self, Authentic, Found, Meaning};
use super::folder::{DRAFT, Folder};
use super::key::HostKey;

/// A written file under a name of its own.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    folder: &'a Folder,
    /// The name until it is published.
    name: String,
    meaning: Meaning,
    bytes: u64,
    /// Holds the lock by which others see that somebody still works on it.
    writer: File,
    authentic: Authentic,
    is_published: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn write(
        folder: &'a Folder,
        key: &HostKey,
        meaning: &Meaning,
        code: &[u8],
    ) -> io::Result<Self> {
        let trailer = entry::trailer(key, meaning, code).ok_or(io::ErrorKind::InvalidInput)?;
        let bytes = (code.len() + trailer.len()) as u64;
        if !folder.can_hold(bytes) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let number: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{DRAFT}{number}");
        let written = write(folder, &name, code, &trailer);
        let opened = written.and_then(|writer| {
            // Read back, so that nothing is ever mapped but what was authenticated.
            match entry::open(folder, &name, meaning, key) {
                Found::Authentic(authentic) => Ok((writer, authentic)),
                Found::Nothing | Found::Damaged => Err(io::ErrorKind::InvalidData.into()),
            }
        });
        match opened {
            Ok((writer, authentic)) => Ok(Self {
                folder,
                name,
                meaning: *meaning,
                bytes,
                writer,
                authentic,
                is_published: false,
            }),
            Err(error) => {
                folder.remove(&name)?;
                Err(error)
            }
        }
    }

    /// The file, for mapping it.
    pub(crate) fn authentic(&self) -> &Authentic {
        &self.authentic
    }

    /// Gives the file the name under which it is found, in the place of one that was there.
    pub(super) fn publish(mut self) -> io::Result<()> {
        let folder = &self.folder.folder;
        renameat(folder, &self.name, folder, self.meaning.file_name())?;
        reached("published");
        self.is_published = true;
        fsync(folder)?;
        flock(&self.writer, FlockOperation::Unlock)?;
        self.folder.note_written(self.bytes)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.is_published {
            // Where it can't be removed now, it is when the cache is next opened.
            drop(self.folder.remove(&self.name));
        }
    }
}

fn write(folder: &Folder, name: &str, code: &[u8], trailer: &[u8]) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = openat(&folder.folder, name, flags, Mode::RUSR | Mode::WUSR)?;
    let mut file = File::from(file);
    reached("made");
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    file.write_all(code)?;
    reached("filled with code");
    file.write_all(trailer)?;
    reached("filled");
    // From here on nobody writes to it any more.
    fchmod(&file, Mode::RUSR)?;
    reached("closed for writing");
    file.sync_all()?;
    reached("synced");
    Ok(file)
}

#[cfg(not(test))]
fn reached(_point: &str) {}

/// Where a test stops this process, to be killed there.
#[cfg(test)]
fn reached(point: &str) {
    lictor_kill::reached("draft", point);
}
