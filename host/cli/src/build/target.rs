//! The compile target for policies: is it there, and if not, rustup adds it. It touches nothing else of the toolchain.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Progress;
use super::package::Package;
use crate::terminal;

/// What policies are compiled to: WebAssembly with no system underneath, so that a policy imports only what it asks for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Why there is no compile target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The compiler can't be asked.
    #[error("`rustc` can't be asked where its targets are: {0}")]
    NoRustc(String),
    /// The target is missing and rustup isn't there.
    #[error("the compile target `{TARGET}` isn't installed, and `rustup` can't be started: {0}")]
    NoRustup(std::io::Error),
    /// Rustup can't add the target.
    #[error("rustup can't add the compile target `{TARGET}`\n{0}")]
    Refused(String),
}

impl TargetError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRustc(_) => Some("install Rust: https://rustup.rs".to_owned()),
            Self::NoRustup(_) => Some(format!(
                "install the part of your Rust distribution that has the standard library for `{TARGET}`"
            )),
            Self::Refused(_) => Some(format!("try `rustup target add {TARGET}` by hand")),
        }
    }
}

/// Makes sure that the toolchain of a package can compile policies.
///
/// # Errors
/// Why it can't.
pub fn ensure(package: &Package, progress: Progress) -> Result<(), TargetError> {
    if installed(package.folder())? {
        return Ok(());
    }
    if progress == Progress::Shown {
        terminal::note(format_args!(
            "the compile target `{TARGET}` is missing: adding it with `rustup target add {TARGET}`"
        ));
    }
    add(package.folder())
}

/// Whether the standard library of the target is there, for the toolchain that is in force in a folder.
fn installed(folder: &Path) -> Result<bool, TargetError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| TargetError::NoRustc(error.to_string()))?;
    if !output.status.success() {
        return Err(TargetError::NoRustc(said(&output.stderr)));
    }
    let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Ok(libraries
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some()))
}

fn add(folder: &Path) -> Result<(), TargetError> {
    let output = Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(TargetError::NoRustup)?;
    if output.status.success() {
        return Ok(());
    }
    Err(TargetError::Refused(said(&output.stderr)))
}

fn said(stderr: &[u8]) -> String {
    String::from_utf8_lossy(stderr).trim_end().to_owned()
}
