//! Which crate is meant, and what its manifest says about the policy in it. It reads `cargo metadata` and nothing else.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lictor::{NameError, PolicyName};
use semver::Version;
use serde::Deserialize;

/// Bytes of the guest's stack unless the manifest says otherwise: small, so that an instance touches few pages.
pub const STACK_BYTES: u32 = 16 * 1024;
/// Bytes of the guest's memory at start unless the manifest says otherwise: enough that it never has to grow, which would
/// cost system calls in each evaluation.
pub const MEMORY_BYTES: u32 = 192 * 1024;
/// A page of WebAssembly memory.
const PAGE_BYTES: u32 = 64 * 1024;

/// A crate that can be built to a policy.
#[derive(Debug)]
pub struct Package {
    /// The crate's name.
    pub name: String,
    /// The policy's name: `policy` in `[package.metadata.lictor]`, else the crate's name.
    pub policy: PolicyName,
    /// The crate's version.
    pub version: Version,
    /// The crate's manifest.
    pub manifest: PathBuf,
    /// The folder of the workspace that the crate belongs to; its own folder where it belongs to none.
    pub workspace: PathBuf,
    /// Where cargo puts what it builds.
    pub target_folder: PathBuf,
    /// Bytes of the guest's stack.
    pub stack_bytes: u32,
    /// Bytes of the guest's memory at start.
    pub memory_bytes: u32,
}

impl Package {
    /// The crate's folder.
    pub fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("."))
    }

    /// Where the component goes when nobody says otherwise.
    pub fn default_output(&self) -> PathBuf {
        let file = format!("{}-{}.wasm", self.policy, self.version);
        self.target_folder.join("policies").join(file)
    }
}

/// Why a path names no policy crate.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The path names nothing.
    #[error("there is no file or folder `{}`", .0.display())]
    Nothing(PathBuf),
    /// There is no manifest.
    #[error("there is no `Cargo.toml` in `{}`", .0.display())]
    NoManifest(PathBuf),
    /// A file that is no manifest.
    #[error("`{}` is no `Cargo.toml`", .0.display())]
    NotManifest(PathBuf),
    /// Cargo can't be started.
    #[error("`{program}` can't be started: {error}")]
    NoCargo {
        /// What was to be started.
        program: String,
        /// What the system says.
        error: io::Error,
    },
    /// Cargo refuses the manifest.
    #[error("cargo can't read `{}`\n{detail}", manifest.display())]
    Manifest {
        /// The manifest.
        manifest: PathBuf,
        /// What cargo says.
        detail: String,
    },
    /// The manifest is that of a workspace.
    #[error("`{}` is a workspace and no policy crate", manifest.display())]
    Workspace {
        /// The manifest.
        manifest: PathBuf,
        /// The folders of its members that could be policies.
        members: Vec<PathBuf>,
    },
    /// The crate makes no WebAssembly module.
    #[error("the crate `{0}` has no library of type `cdylib`")]
    NotCdylib(String),
    /// `[package.metadata.lictor]` isn't right.
    #[error("`package.metadata.lictor` of the crate `{package}` isn't right: {detail}")]
    Metadata {
        /// The crate.
        package: String,
        /// What is wrong.
        detail: String,
    },
    /// The policy's name isn't one.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl PackageError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Nothing(_) | Self::NoManifest(_) => {
                Some("`lictor new NAME` makes a policy crate".to_owned())
            }
            Self::NotManifest(_) => Some("name the folder of a policy crate".to_owned()),
            Self::NoCargo { .. } => Some("install Rust: https://rustup.rs".to_owned()),
            Self::Workspace { members, .. } => members_hint(members),
            Self::NotCdylib(_) => Some(
                "add `crate-type = [\"cdylib\", \"rlib\"]` to `[lib]` in its `Cargo.toml`".to_owned(),
            ),
            Self::Name(_) => Some(
                "the policy's name is `policy` in `[package.metadata.lictor]`, or else the crate's name"
                    .to_owned(),
            ),
            Self::Manifest { .. } | Self::Metadata { .. } => None,
        }
    }
}

fn members_hint(members: &[PathBuf]) -> Option<String> {
    let folders: Vec<String> = members
        .iter()
        .map(|it| format!("`{}`", it.display()))
        .collect();
    (!folders.is_empty()).then(|| format!("name one of its policies: {}", folders.join(", ")))
}

/// The crate at a path.
///
/// # Errors
/// Why it can't be built to a policy.
pub fn find(path: &Path) -> Result<Package, PackageError> {
    let manifest = manifest_at(path)?;
    let metadata = metadata(&manifest)?;
    let Some(found) = metadata
        .packages
        .iter()
        .find(|it| same_file(&it.manifest_path, &manifest))
    else {
        let members = metadata
            .packages
            .iter()
            .filter(|it| it.is_cdylib())
            .filter_map(|it| it.manifest_path.parent())
            .map(Path::to_owned)
            .collect();
        return Err(PackageError::Workspace { manifest, members });
    };
    if !found.is_cdylib() {
        return Err(PackageError::NotCdylib(found.name.clone()));
    }
    let settings = Settings::of(found)?;
    Ok(Package {
        policy: settings.policy.as_deref().unwrap_or(&found.name).parse()?,
        name: found.name.clone(),
        version: found.version.clone(),
        manifest,
        workspace: metadata.workspace_root,
        target_folder: metadata.target_directory,
        stack_bytes: settings.stack_bytes,
        memory_bytes: settings.memory_bytes,
    })
}

fn manifest_at(path: &Path) -> Result<PathBuf, PackageError> {
    let nothing = || PackageError::Nothing(path.to_owned());
    let path = path.canonicalize().map_err(|_| nothing())?;
    let manifest = if path.is_dir() {
        path.join("Cargo.toml")
    } else {
        path
    };
    if manifest.file_name() != Some("Cargo.toml".as_ref()) {
        return Err(PackageError::NotManifest(manifest));
    }
    if !manifest.is_file() {
        let folder = manifest.parent().unwrap_or(&manifest);
        return Err(PackageError::NoManifest(folder.to_owned()));
    }
    Ok(manifest)
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|it| it == other)
}

/// A memory at start in which constants of so many bytes leave as much room as the default does: whole pages.
pub fn memory_bytes_for(constants: u32) -> u32 {
    constants
        .saturating_add(MEMORY_BYTES)
        .next_multiple_of(PAGE_BYTES)
}

/// The cargo that runs this process, else the one on the path.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program that couldn't be started.
pub fn not_started(command: &Command, error: io::Error) -> PackageError {
    PackageError::NoCargo {
        program: command.get_program().display().to_string(),
        error,
    }
}

fn metadata(manifest: &Path) -> Result<Metadata, PackageError> {
    let mut command = cargo();
    command
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .arg("--manifest-path")
        .arg(manifest)
        .current_dir(manifest.parent().unwrap_or(manifest))
        .stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| not_started(&command, error))?;
    let refuse = |detail: String| PackageError::Manifest {
        manifest: manifest.to_owned(),
        detail,
    };
    if !output.status.success() {
        return Err(refuse(
            String::from_utf8_lossy(&output.stderr).trim_end().into(),
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| refuse(error.to_string()))
}

/// What `cargo metadata` answers, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Found>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Found {
    name: String,
    version: Version,
    manifest_path: PathBuf,
    targets: Vec<FoundTarget>,
    metadata: Option<FoundMetadata>,
}

#[derive(Deserialize)]
struct FoundTarget {
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct FoundMetadata {
    lictor: Option<serde_json::Value>,
}

impl Found {
    fn is_cdylib(&self) -> bool {
        let types = self.targets.iter().flat_map(|it| &it.crate_types);
        types.into_iter().any(|it| it == "cdylib")
    }
}

/// `[package.metadata.lictor]`.
#[derive(Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table"
)]
struct Settings {
    policy: Option<String>,
    stack_bytes: u32,
    memory_bytes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policy: None,
            stack_bytes: STACK_BYTES,
            memory_bytes: MEMORY_BYTES,
        }
    }
}

impl Settings {
    fn of(found: &Found) -> Result<Self, PackageError> {
        let Some(given) = found.metadata.as_ref().and_then(|it| it.lictor.clone()) else {
            return Ok(Self::default());
        };
        let refuse = |detail: String| PackageError::Metadata {
            package: found.name.clone(),
            detail,
        };
        let settings: Self =
            serde_json::from_value(given).map_err(|error| refuse(error.to_string()))?;
        if settings.stack_bytes == 0 || !settings.stack_bytes.is_multiple_of(16) {
            return Err(refuse("`stack-bytes` must be a multiple of 16".to_owned()));
        }
        if settings.memory_bytes == 0 || !settings.memory_bytes.is_multiple_of(PAGE_BYTES) {
            return Err(refuse(format!(
                "`memory-bytes` must be a multiple of {PAGE_BYTES}"
            )));
        }
        Ok(settings)
    }
}
