//! The lock of a state folder: one process at a time holds it, and it is gone with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use crate::error::StateError;
use crate::folder::Folder;

const LOCK_FILE: &str = "lock";

/// Holds a state folder until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, without waiting for it.
    pub(super) fn take(folder: &Folder) -> Result<Self, StateError> {
        let refuse = |source: io::Error| StateError::Folder {
            folder: folder.path().to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(folder.path().join(LOCK_FILE))
            .map_err(refuse)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Held {
                    folder: folder.path().to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(refuse(error)),
        }
        leave_number(&mut file).map_err(refuse)?;
        Ok(Self { _file: file })
    }
}

/// Says who holds it, for the message that others get.
fn leave_number(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
