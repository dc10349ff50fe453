//! From a policy crate to a component: find the package, make sure of the compile target, compile, wrap.
//!
//! It never looks into what the policy decides, and it never changes the source. Each step stands in a module of its own,
//! in the order of the verbs above.

mod compile;
mod component;
mod package;
mod target;

use std::fs;
use std::path::{Path, PathBuf};

use lictor::{Digest, PolicyName};
use semver::Version;

pub use compile::CompileError;
pub use component::ComponentError;
pub use package::PackageError;
pub use target::TargetError;

/// What is to be built.
#[derive(Clone, Debug)]
pub struct BuildSpec {
    /// The folder of a policy crate, or its `Cargo.toml`.
    pub path: PathBuf,
    /// Where the component goes. Default: `policies/<policy>-<version>.wasm` in the target folder that cargo uses.
    pub output: Option<PathBuf>,
    /// Whether `Cargo.lock` must be there and up to date. Default: no.
    pub locked: bool,
    /// Where cargo's own output goes. Default: it is kept for the error.
    pub progress: Progress,
}

impl BuildSpec {
    /// A quiet build of the crate in a folder, to the default place.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            output: None,
            locked: false,
            progress: Progress::Quiet,
        }
    }
}

/// Where the output of cargo and the notes about a build go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// To standard error, while it happens.
    Shown,
    /// Nowhere, but what the compiler says stands in the error when the build fails.
    Quiet,
}

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The policy's name.
    pub policy: PolicyName,
    /// The crate's version, which is the policy's.
    pub version: Version,
    /// The file that was written.
    pub path: PathBuf,
    /// How many bytes it has.
    pub size_bytes: usize,
    /// The digest of these bytes.
    pub digest: Digest,
}

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The path names no crate that could be a policy.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The compile target is missing and can't be added.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Cargo didn't build the crate.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// What cargo built is no policy.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component can't be written.
    #[error("`{}` can't be written: {error}", path.display())]
    Write {
        /// Where it should go.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

impl BuildError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Package(error) => error.hint(),
            Self::Target(error) => error.hint(),
            Self::Compile(error) => error.hint(),
            Self::Component(error) => error.hint(),
            Self::Write { .. } => None,
        }
    }
}

/// Builds a policy crate to a component.
///
/// It runs cargo, which takes seconds, and reaches for crates.io where dependencies aren't there yet. The same source,
/// lock file and toolchain give the same bytes in any folder and on any machine.
///
/// # Errors
/// What is wrong with the crate, its toolchain, its code or the component that it makes.
pub fn build(spec: &BuildSpec) -> Result<Built, BuildError> {
    let package = package::find(&spec.path)?;
    target::ensure(&package, spec.progress)?;
    let module_path = compile::compile(&package, spec.locked, spec.progress)?;
    let module = fs::read(&module_path).map_err(|error| CompileError::Unreadable {
        path: module_path,
        error,
    })?;
    let component = component::from_module(&module)?;
    let path = spec
        .output
        .clone()
        .unwrap_or_else(|| package.default_output());
    write_whole(&path, &component).map_err(|error| BuildError::Write {
        path: path.clone(),
        error,
    })?;
    Ok(Built {
        policy: package.policy,
        version: package.version,
        path,
        size_bytes: component.len(),
        digest: Digest::of(&component),
    })
}

/// Writes a file so that nobody ever reads half of it: under another name first, then renamed.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    fs::write(&partial, bytes)?;
    fs::rename(&partial, path).inspect_err(|_| drop(fs::remove_file(&partial)))
}
