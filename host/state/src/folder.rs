//! The state folder, which belongs to the host alone.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::StateError;

/// Permissions that let others than the owner write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A state folder: it exists, and nobody but its owner may change what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a state folder, and makes it with mode 0700 where there is none.
    ///
    /// # Errors
    /// It can't be made or read, is no folder, or others may write in it.
    pub fn open_or_create(path: &Path) -> Result<Self, StateError> {
        let made = fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(path);
        match made {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(unusable(path, error)),
            _ => Self::open(path),
        }
    }

    /// Opens a state folder.
    ///
    /// # Errors
    /// It can't be read, is no folder, or others may write in it.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let found = fs::metadata(path).map_err(|error| unusable(path, error))?;
        if !found.is_dir() {
            return Err(StateError::NotAFolder {
                folder: path.to_owned(),
            });
        }
        belongs_to_this_user(path, &found, WRITABLE_BY_OTHERS)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that the names in the folder survive a power cut.
    pub(crate) fn sync(&self) -> Result<(), StateError> {
        let synced = fs::File::open(&self.path).and_then(|folder| folder.sync_all());
        synced.map_err(|error| unusable(&self.path, error))
    }
}

/// Whether a folder or file belongs to the user that this process acts as, and others have none of these permissions.
pub(crate) fn belongs_to_this_user(
    path: &Path,
    found: &Metadata,
    forbidden: u32,
) -> Result<(), StateError> {
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(StateError::OfAnother {
            path: path.to_owned(),
        });
    }
    let mode = found.permissions().mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(StateError::OpenToOthers {
            folder: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

fn unusable(folder: &Path, source: io::Error) -> StateError {
    StateError::Folder {
        folder: folder.to_owned(),
        source,
    }
}
