//! Writing a file so that it is there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;

/// Writes a file, in the place of one that is there.
///
/// # Errors
/// It can't be written; what was there is there still.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, |to| {
        to.write_all(bytes).map_err(|error| unwritten(path, &error))
    })
}

/// As [`write`], of what `fill` writes, which need never be in memory as a whole.
///
/// # Errors
/// It can't be written, or `fill` fails; what was there is there still.
pub fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let new = beside(path);
    let done = fill_and_name(&new, path, fill);
    if done.is_err() {
        drop(fs::remove_file(&new));
    }
    done
}

fn fill_and_name(
    new: &Path,
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| unwritten(path, &error);
    let mut to = BufWriter::new(File::create(new).map_err(failed)?);
    fill(&mut to)?;
    to.flush().map_err(failed)?;
    to.get_ref().sync_all().map_err(failed)?;
    fs::rename(new, path).map_err(failed)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let message = format!("`{}` can't be written: {error}", path.display());
    Failure::new(Exit::HostFault, message)
}

/// A name that no other process writes to.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    name.into()
}
