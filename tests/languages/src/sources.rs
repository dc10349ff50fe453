//! The files that a component is made of, and the stamp that says whether they changed since it was built.
//!
//! The stamp is a hash of names and bytes and never of times, so that a fresh checkout or a copied target folder
//! behaves like any other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The project's folder, two levels above this crate.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The contract that every policy is built against.
pub(crate) fn contract() -> PathBuf {
    project().join("wit")
}

/// Hashes a recipe (the commands and flags that are used) together with files.
pub(crate) fn stamp(recipe: &str, files: &[PathBuf]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, recipe.as_bytes());
    for file in files {
        add(
            &mut hasher,
            file.file_name().unwrap_or_default().as_encoded_bytes(),
        );
        add(&mut hasher, &read(file)?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The files of a folder that have one of the given extensions, sorted by name.
pub(crate) fn files_in(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("can't list `{}`", folder.display()))?
    {
        let path = entry?.path();
        let wanted = |name: &std::ffi::OsStr| extensions.iter().any(|extension| name == *extension);
        if path.extension().is_some_and(wanted) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether `made` exists and the stamp beside it is this one.
pub(crate) fn is_current(made: &Path, stamp: &str) -> bool {
    made.exists() && fs::read_to_string(stamp_of(made)).is_ok_and(|kept| kept == stamp)
}

/// Forgets the stamp of something that is about to be made again, so that an interrupted build isn't taken for a whole one.
pub(crate) fn invalidate(made: &Path) -> Result<()> {
    match fs::remove_file(stamp_of(made)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says that `made` was made from the sources with this stamp.
pub(crate) fn keep(made: &Path, stamp: &str) -> Result<()> {
    let file = stamp_of(made);
    fs::write(&file, stamp).with_context(|| format!("can't write `{}`", file.display()))
}

/// Reads a file, naming it when that fails.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("can't read `{}`", file.display()))
}

fn stamp_of(made: &Path) -> PathBuf {
    let mut name = made.as_os_str().to_owned();
    name.push(".stamp");
    PathBuf::from(name)
}

/// Adds the length before the bytes, so that two lists of parts never run into each other.
fn add(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
