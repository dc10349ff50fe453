//! A policy as it was named on the command line: a component, signed or not, or a crate that is built first.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lictor::{FetchError, Fetched, PolicyName, Version};

use crate::build::{self, BuildSpec, Progress};
use crate::exit::Exit;
use crate::failure::Failure;

/// The bytes of a component, and what it is called.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file that holds it; for a crate, the one that was built.
    pub path: PathBuf,
    /// Whether anything says what it is called.
    pub is_named: bool,
    /// The policy's name: the crate's, or what the file's name says, else `policy`.
    pub policy: PolicyName,
    /// Its version: the crate's, or what the file's name says, else 0.0.0.
    pub version: Version,
    /// The component, without signatures.
    pub component: Arc<[u8]>,
    /// The artifact, where the file is signed. Nobody has verified it.
    pub signed: Option<Box<Fetched>>,
}

/// The version of what no file name says anything about.
const UNNAMED: Version = Version::new(0, 0, 0);

/// The most bytes that are read: more than any limit grants, so that the engine refuses what is too large by its own words.
const BYTES_MAX: u64 = 300 << 20;

impl Source {
    /// Reads a component, or builds the crate in a folder and reads what came of it.
    ///
    /// # Errors
    /// The file can't be read, or the crate can't be built.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Self::built(path);
        }
        Self::of(path, read(path)?)
    }

    /// What a file holds: an artifact, or else a component, if it is one.
    fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, Failure> {
        match Fetched::parse(bytes.clone(), BYTES_MAX as usize) {
            Ok(signed) => Ok(Self {
                path: path.to_owned(),
                is_named: true,
                policy: signed.manifest().policy.clone(),
                version: signed.manifest().version.clone(),
                component: Arc::clone(signed.component()),
                signed: Some(Box::new(signed)),
            }),
            // What is no component is refused by whoever loads it, and by its name.
            Err(FetchError::Unsigned | FetchError::Section(_) | FetchError::TooLarge { .. }) => {
                let (policy, version) = named_by(path);
                Ok(Self {
                    path: path.to_owned(),
                    is_named: version != UNNAMED,
                    policy,
                    version,
                    component: bytes.into(),
                    signed: None,
                })
            }
            Err(error) => Err(refused(path, &error)),
        }
    }

    /// Reads an artifact. Nobody has verified it.
    ///
    /// # Errors
    /// The file can't be read, or is no artifact.
    pub fn signed(path: &Path) -> Result<Fetched, Failure> {
        Fetched::parse(read(path)?, BYTES_MAX as usize).map_err(|error| refused(path, &error))
    }

    fn built(folder: &Path) -> Result<Self, Failure> {
        let spec = BuildSpec {
            progress: Progress::Shown,
            ..BuildSpec::new(folder)
        };
        let built = build::build(&spec)?;
        let component = fs::read(&built.path).map_err(|error| {
            let path = built.path.display();
            Failure::new(Exit::HostFault, format!("`{path}` can't be read: {error}"))
        })?;
        Ok(Self {
            path: built.path,
            is_named: true,
            policy: built.policy,
            version: built.version,
            component: component.into(),
            signed: None,
        })
    }
}

/// Why a file is no artifact.
fn refused(path: &Path, error: &FetchError) -> Failure {
    let path = path.display();
    match error {
        FetchError::Unsigned => {
            let failure = Failure::new(Exit::Refused, format!("`{path}` isn't signed"));
            failure.hint("sign it with `lictor sign`")
        }
        FetchError::Section(_) | FetchError::TooLarge { .. } | FetchError::Read(_) => {
            Failure::new(Exit::Refused, format!("`{path}` is refused: {error}"))
        }
        error => Failure::new(
            Exit::Refused,
            format!("the signature section of `{path}` is refused: {error}"),
        ),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let refuse = |error| Failure::input(format!("`{}` can't be read: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(refuse)?;
    file.take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(refuse)?;
    Ok(bytes)
}

/// What a file's name says, as `lictor build` writes it: `spend-limit-1.0.0.wasm`.
fn named_by(path: &Path) -> (PolicyName, Version) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let split = stem.match_indices('-').find_map(|(at, _)| {
        let (name, version) = stem.split_at(at);
        let version = version.trim_start_matches('-').parse().ok()?;
        Some((name.parse().ok()?, version))
    });
    split.unwrap_or_else(|| {
        let unnamed = || "policy".parse().expect("it is a name");
        (stem.parse().unwrap_or_else(|_| unnamed()), UNNAMED)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_may_say_what_it_is() {
        let named = |path: &str| {
            let (policy, version) = named_by(Path::new(path));
            format!("{policy} {version}")
        };
        assert_eq!(named("a/spend-limit-1.0.0.wasm"), "spend-limit 1.0.0");
        assert_eq!(named("todo-2.0.0-rc.1.wasm"), "todo 2.0.0-rc.1");
        assert_eq!(named("todo.wasm"), "todo 0.0.0");
        assert_eq!(named("My Policy.wasm"), "policy 0.0.0");
        assert_eq!(named("/"), "policy 0.0.0");
    }
}
