//! For tests: the file of a store, with a point after each of its operations at which the process can be killed, and syncs that
//! fail.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Database, DatabaseError, StorageBackend};

use super::open::builder;

/// A file that says what was done to it. It takes no locks: the folder's own is held.
#[derive(Debug)]
struct Told(FileBackend);

pub(super) fn open_file(file: &Path) -> Result<Database, DatabaseError> {
    told(OpenOptions::new().read(true).write(true).open(file)?)
}

pub(super) fn create_file(file: &Path) -> Result<Database, DatabaseError> {
    let mut options = OpenOptions::new();
    told(
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(file)?,
    )
}

fn told(file: File) -> Result<Database, DatabaseError> {
    builder().create_with_backend(Told(FileBackend::new(file)?))
}

fn reached(point: &str) {
    lictor_kill::reached("file", point);
}

thread_local! {
    static SYNCS_LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Has so many more syncs of this thread succeed, and those after them say that they failed, though what was written is on the disk.
pub(super) fn fail_syncs_after(count: Option<u32>) {
    SYNCS_LEFT.set(count);
}

fn said_of_a_sync() -> io::Result<()> {
    match SYNCS_LEFT.get() {
        None => Ok(()),
        Some(0) => Err(io::Error::other("a test wants it so")),
        Some(count) => {
            SYNCS_LEFT.set(Some(count - 1));
            Ok(())
        }
    }
}

impl StorageBackend for Told {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        reached("resized");
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()?;
        reached("synced");
        said_of_a_sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        // Also in the middle of it, as if the process had died while the kernel copied.
        let (first, second) = data.split_at(data.len() / 2);
        self.0.write(offset, first)?;
        reached("half written");
        self.0.write(offset + first.len() as u64, second)?;
        reached("written");
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
}
