//! Writing a file so that it is there as a whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;

/// Writes a file, in the place of one that is there.
///
/// # Errors
/// It can't be written; what was there is there still.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let new = beside(path);
    let written = File::create(&new)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&new, path));
    written.map_err(|error| {
        drop(fs::remove_file(&new));
        let message = format!("`{}` can't be written: {error}", path.display());
        Failure::new(Exit::HostFault, message)
    })
}

/// A name that no other process writes to.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    name.into()
}
