//! Running the tools of other languages, and telling "not installed" from "failed".
//!
//! A tool reads nothing from standard input and its output is kept, so that a test that builds stays quiet unless
//! something is wrong.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::NotBuilt;

/// Whether the tool can be started and says its version.
pub(crate) fn is_installed(name: &str) -> bool {
    let mut command = Command::new(name);
    command.arg("--version").stdin(Stdio::null());
    command.output().is_ok_and(|output| output.status.success())
}

/// Runs a tool to its end. What it printed becomes part of the error when it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), NotBuilt> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => {
            return Err(NotBuilt::Failed(format!(
                "`{name}` can't be started: {error}"
            )));
        }
    };
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(NotBuilt::Failed(format!(
        "`{name}` failed, {}\n{}",
        output.status,
        said.trim_end()
    )))
}

/// Tells whoever waits what takes so long. A test's output is captured, the process's standard error is not.
pub(crate) fn note(line: &str) {
    // Nobody is waiting when standard error is closed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Makes a folder and locks it against other processes that build into it, until the file is dropped.
pub(crate) fn lock(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder).with_context(|| format!("can't make `{}`", folder.display()))?;
    let file = File::create(folder.join("lock"))?;
    file.lock()
        .with_context(|| format!("can't lock `{}`", folder.display()))?;
    Ok(file)
}
