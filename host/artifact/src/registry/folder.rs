//! A folder that is read and written without ever leaving it.
//!
//! Owns the capability of one folder, plain files in it of bounded size, and writes that a reader and a crash see as a
//! whole or not at all. No link is followed, at no place below the folder that was opened; names come from types that hold
//! no separator. Only a holder of the [`Lock`] may write.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};

use super::error::RegistryError;

type Result<T> = std::result::Result<T, RegistryError>;

/// How often and how far apart a lock is asked for: half a minute, since a push takes a fraction of a second.
const LOCK_TRIES: u32 = 600;
const LOCK_PAUSE_MS: u64 = 50;

/// What is being written. There is one writer at a time, so one name is enough, and what a crash left is overwritten.
const NEW_FILE: &str = "new";
const LOCK_FILE: &str = "lock";

pub(crate) struct Folder {
    dir: Dir,
    path: PathBuf,
}

/// Whoever holds it is the only writer, among all processes. The system lets go of it when the process ends.
pub(crate) struct Lock(#[expect(dead_code, reason = "dropping it unlocks")] std::fs::File);

impl Folder {
    /// Opens a folder that exists. This path is what the operator named, so its own links are followed.
    pub fn open(path: &Path) -> Result<Self> {
        match Dir::open_ambient_dir(path, ambient_authority()) {
            Ok(dir) => Ok(Self {
                dir,
                path: path.to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(RegistryError::NotFound(path.display().to_string()))
            }
            Err(source) => Err(unusable(path, source)),
        }
    }

    /// Opens a folder, and makes it first if need be.
    pub fn create(path: &Path) -> Result<Self> {
        Dir::create_ambient_dir_all(path, ambient_authority())
            .map_err(|source| unusable(path, source))?;
        Self::open(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A folder in this one, if it is there.
    pub fn child(&self, name: &str) -> Result<Option<Self>> {
        let path = self.path(name);
        match self.dir.symlink_metadata(name) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(RegistryError::NotPlain {
                    path,
                    wanted: "folder",
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(unusable(&path, source)),
        }
        match self.dir.open_dir_nofollow(name) {
            Ok(dir) => Ok(Some(Self { dir, path })),
            Err(source) => Err(unusable(&path, source)),
        }
    }

    /// A folder in this one, made if need be.
    pub fn make_child(&self, name: &str) -> Result<Self> {
        if let Some(child) = self.child(name)? {
            return Ok(child);
        }
        match self.dir.create_dir(name) {
            Ok(()) => self.sync()?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(unusable(&self.path(name), source)),
        }
        let path = self.path(name);
        self.child(name)?
            .ok_or_else(|| unusable(&path, io::ErrorKind::NotFound.into()))
    }

    /// A whole file, if it is there and has no more than `bytes_max` bytes.
    pub fn read(&self, what: &'static str, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        match self.dir.symlink_metadata(name) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => {
                return Err(RegistryError::NotPlain {
                    path,
                    wanted: "file",
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(unusable(&path, source)),
        }
        // Looked at again once open, since it may have been swapped meanwhile; and opening a pipe must not wait.
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let read = || -> io::Result<Option<Vec<u8>>> {
            let file = self.dir.open_with(name, &options)?;
            if !file.metadata()?.is_file() {
                return Ok(None);
            }
            let mut bytes = Vec::new();
            file.take(bytes_max.saturating_add(1))
                .read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        match read() {
            Ok(Some(bytes)) if bytes.len() as u64 > bytes_max => {
                Err(RegistryError::TooLarge { what, bytes_max })
            }
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) => Err(RegistryError::NotPlain {
                path,
                wanted: "file",
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(unusable(&path, source)),
        }
    }

    /// The plain files of this folder with their sizes in bytes, in no order.
    pub fn files(&self) -> Result<Vec<(String, u64)>> {
        let list = || -> io::Result<Vec<(String, u64)>> {
            let mut files = Vec::new();
            for entry in self.dir.entries()? {
                let entry = entry?;
                let metadata = entry.metadata()?;
                if let (Ok(name), true) = (entry.file_name().into_string(), metadata.is_file()) {
                    files.push((name, metadata.len()));
                }
            }
            Ok(files)
        };
        list().map_err(|source| unusable(&self.path, source))
    }

    /// Puts a file in place of what has that name, as one step: whoever looks sees the old bytes or the new ones.
    ///
    /// When it returns, the bytes and the name have reached the disk.
    pub fn write(&self, _lock: &Lock, name: &str, bytes: &[u8]) -> Result<()> {
        let write = || -> io::Result<()> {
            self.remove_if_there(NEW_FILE)?;
            let mut options = OpenOptions::new();
            options
                .write(true)
                .create_new(true)
                .follow(FollowSymlinks::No);
            let mut file = self.dir.open_with(NEW_FILE, &options)?;
            let (first, second) = bytes.split_at(bytes.len() / 2);
            file.write_all(first)?;
            reached(name, "half written");
            file.write_all(second)?;
            reached(name, "written");
            file.sync_all()?;
            reached(name, "on disk");
            self.dir.rename(NEW_FILE, &self.dir, name)?;
            reached(name, "in place");
            Ok(())
        };
        write().map_err(|source| unusable(&self.path(name), source))?;
        self.sync()
    }

    /// Removes a file, or a link itself.
    pub fn remove(&self, _lock: &Lock, name: &str) -> Result<()> {
        self.remove_if_there(name)
            .map_err(|source| unusable(&self.path(name), source))
    }

    fn remove_if_there(&self, name: &str) -> io::Result<()> {
        match self.dir.remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Becomes the only writer, or says [`RegistryError::Busy`] after half a minute.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.path(LOCK_FILE);
        let mut options = OpenOptions::new();
        options
            .write(true)
            .create(true)
            .follow(FollowSymlinks::No)
            .nonblock(true);
        let file = self
            .open_lock(&options)
            .map_err(|source| unusable(&path, source))?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(std::fs::TryLockError::WouldBlock) => {
                    thread::sleep(Duration::from_millis(LOCK_PAUSE_MS));
                }
                Err(std::fs::TryLockError::Error(source)) => return Err(unusable(&path, source)),
            }
        }
        Err(RegistryError::Busy(path))
    }

    fn open_lock(&self, options: &OpenOptions) -> io::Result<std::fs::File> {
        self.dir.open_with(LOCK_FILE, options).map(File::into_std)
    }

    /// Lets the names in this folder reach the disk.
    fn sync(&self) -> Result<()> {
        let mut options = OpenOptions::new();
        options.read(true);
        self.dir
            .open_with(".", &options)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| unusable(&self.path, source))
    }
}

fn unusable(path: &Path, source: io::Error) -> RegistryError {
    let path = path.to_owned();
    RegistryError::Folder { path, source }
}

#[cfg(not(test))]
fn reached(_name: &str, _point: &str) {}

/// Where a test stops this process, to be killed there.
#[cfg(test)]
fn reached(name: &str, point: &str) {
    lictor_kill::reached(name, point);
}
