//! The host key, by which a host knows its own native code. It never leaves this file's functions but as an authentication
//! code.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The bytes of a key.
const KEY_BYTES: usize = 32;
/// What the key is used for; anything else that may be derived from it later gets another text.
const PURPOSE: &str = "lictor 2026 native code cache, authentication";

/// Why a host key can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It can't be read or made.
    #[error("the host key `{}` can't be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error("the host key `{}` must be a file that this user alone may read, with mode 0600", path.display())]
    Shared {
        /// The file.
        path: PathBuf,
    },
    /// It has another length.
    #[error("the host key `{}` must have 32 bytes", path.display())]
    Length {
        /// The file.
        path: PathBuf,
    },
    /// It stands beside what it authenticates.
    #[error("the host key `{}` must stand outside of the folder whose files it authenticates", path.display())]
    Inside {
        /// The file.
        path: PathBuf,
    },
}

/// The host key.
pub(super) struct HostKey {
    derived: [u8; KEY_BYTES],
}

impl std::fmt::Debug for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostKey(..)")
    }
}

impl HostKey {
    /// Reads the key, and makes one before where there is none.
    pub(super) fn open(path: &Path, folder: &Path) -> Result<Self, KeyError> {
        let refuse = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        let is_inside = |path: &Path| -> io::Result<bool> {
            Ok(fs::canonicalize(path)?.starts_with(fs::canonicalize(folder)?))
        };
        let inside = || KeyError::Inside {
            path: path.to_owned(),
        };
        let parent = parent(path);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .map_err(refuse)?;
        if is_inside(parent).map_err(refuse)? {
            return Err(inside());
        }
        if !path.try_exists().map_err(refuse)? {
            make(path, parent).map_err(refuse)?;
        }
        // It may be a link.
        if is_inside(path).map_err(refuse)? {
            return Err(inside());
        }
        read(path)
    }

    /// Begins an authentication code.
    pub(super) fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.derived)
    }
}

fn read(path: &Path) -> Result<HostKey, KeyError> {
    let refuse = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(refuse)?;
    let metadata = file.metadata().map_err(refuse)?;
    let own = rustix::process::geteuid().as_raw();
    if !metadata.is_file() || metadata.uid() != own || metadata.mode() & 0o077 != 0 {
        return Err(KeyError::Shared {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::with_capacity(KEY_BYTES + 1);
    file.take(KEY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(refuse)?;
    let key: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| KeyError::Length {
        path: path.to_owned(),
    })?;
    Ok(HostKey {
        derived: blake3::derive_key(PURPOSE, &key),
    })
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes a key. It appears whole or not at all, and of several processes that make one at once, one wins.
fn make(path: &Path, parent: &Path) -> io::Result<()> {
    let mut random = [0; KEY_BYTES + 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let (key, number) = random.split_at(KEY_BYTES);
    let number: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    let temporary = parent.join(format!(".host-key-{number}"));
    let made = write(&temporary, key).and_then(|()| match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&temporary)?;
    made?;
    File::open(parent)?.sync_all()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
