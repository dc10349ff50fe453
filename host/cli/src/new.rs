//! `lictor new`: a policy crate that builds and passes its tests, from files that are part of this program.
//!
//! It writes into a new or empty folder and nowhere else, and starts no other program.

mod name;
mod template;

use std::path::{Path, PathBuf};
use std::{fs, io};

pub use name::{CrateName, CrateNameError};

/// Where a policy crate is to be made, once that is known to be possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSpec {
    folder: PathBuf,
    name: CrateName,
}

/// Why no policy crate is made.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// The path doesn't end in a name.
    #[error("`{}` doesn't end in a name", .0.display())]
    NoName(PathBuf),
    /// The name can't be that of a crate and a policy.
    #[error(transparent)]
    Name(#[from] CrateNameError),
    /// Something is there already.
    #[error("`{}` is there already and isn't empty", .0.display())]
    Occupied(PathBuf),
    /// A file can't be written.
    #[error("`{}` can't be written: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl NewError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoName(_) | Self::Name(_) => {
                Some("give the policy another name with `--name NAME`")
            }
            Self::Occupied(_) => Some("name a folder that doesn't exist yet"),
            Self::Write { .. } => None,
        }
    }
}

impl NewSpec {
    /// A crate in a folder that must not exist, or be empty; its name is the folder's unless another is given.
    ///
    /// # Errors
    /// What is wrong with the name or the folder.
    pub fn new(folder: PathBuf, name: Option<&str>) -> Result<Self, NewError> {
        let name = match name {
            Some(name) => name.parse()?,
            None => folder
                .file_name()
                .and_then(|name| name.to_str())
                .ok_or_else(|| NewError::NoName(folder.clone()))?
                .parse()?,
        };
        if is_occupied(&folder) {
            return Err(NewError::Occupied(folder));
        }
        Ok(Self { folder, name })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of crate and policy.
    pub fn name(&self) -> &CrateName {
        &self.name
    }
}

fn is_occupied(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.symlink_metadata().is_ok(),
    }
}

/// Writes the policy crate.
///
/// # Errors
/// The file that can't be written.
pub fn create(spec: &NewSpec) -> Result<(), NewError> {
    for (inside, text) in template::files(&spec.name) {
        let path = spec.folder.join(inside);
        write(&path, &text).map_err(|error| NewError::Write { path, error })?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests;
