//! Where the socket is, and how it comes to be there without others ever being able to connect.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// The socket's file in the state folder.
pub const SOCKET_FILE: &str = "operate.sock";
/// A folder that only this user can enter, in which the socket is made.
const NURSERY: &str = "operate.new";
/// The longest path that fits a socket's address on every system.
const PATH_BYTES_MAX: usize = 100;

/// The socket of a state folder.
pub fn path(folder: &Path) -> PathBuf {
    folder.join(SOCKET_FILE)
}

/// Makes the socket, in the place of one that a killed host left. Called by who holds the folder's store.
pub(crate) fn listen(folder: &Path) -> io::Result<UnixListener> {
    let nursery = folder.join(NURSERY);
    match fs::remove_dir_all(&nursery) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(&nursery)?;
    // A new socket has the rights that the process's mask leaves, and the mask is everybody's in the process. So it gets its
    // own rights where nobody else can reach it, and only then its name.
    let new = nursery.join(SOCKET_FILE);
    let near = Near::to(&nursery)?;
    let listener = UnixListener::bind(near.path(SOCKET_FILE))?;
    fs::set_permissions(&new, Permissions::from_mode(0o600))?;
    fs::rename(&new, path(folder))?;
    fs::remove_dir(&nursery)?;
    Ok(listener)
}

/// Connects to the socket.
pub(crate) fn connect(folder: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(Near::to(folder)?.path(SOCKET_FILE))
}

/// A folder by a path that is short enough for a socket's address.
enum Near {
    Path(PathBuf),
    Opened(OwnedFd),
}

impl Near {
    fn to(folder: &Path) -> io::Result<Self> {
        if folder.as_os_str().as_bytes().len() + SOCKET_FILE.len() < PATH_BYTES_MAX {
            return Ok(Near::Path(folder.to_owned()));
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Near::Opened(rustix::fs::open(
            folder,
            flags,
            Mode::empty(),
        )?))
    }

    fn path(&self, name: &str) -> PathBuf {
        match self {
            Near::Path(folder) => folder.join(name),
            Near::Opened(folder) => {
                PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn the_socket_is_this_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let _listener = listen(folder.path()).unwrap();
        let mode = fs::metadata(path(folder.path())).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!folder.path().join(NURSERY).exists());
    }

    #[test]
    fn what_a_killed_host_left_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        drop(listen(folder.path()).unwrap());
        assert!(connect(folder.path()).is_err(), "nobody listens any more");
        fs::create_dir(folder.path().join(NURSERY)).unwrap();
        let listener = listen(folder.path()).unwrap();
        let _stream = connect(folder.path()).unwrap();
        listener.accept().unwrap();
    }

    #[test]
    fn a_folder_may_have_a_long_path() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
        fs::create_dir_all(&deep).unwrap();
        let listener = listen(&deep).unwrap();
        let _stream = connect(&deep).unwrap();
        listener.accept().unwrap();
    }
}
