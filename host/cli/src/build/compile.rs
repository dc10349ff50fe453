//! Runs cargo for the compile target, with the profile and the flags that every policy is built with.
//!
//! The flags are cargo's configuration on its command line, so that a policy crate needs no file for them. It knows nothing
//! of components: what comes out is a core module.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::Progress;
use super::package::{self, Package, PackageError};
use super::target::TARGET;
use crate::terminal;

/// The profile's name, which is also the folder under cargo's target folder: apart from the crate's other builds.
const PROFILE: &str = "policy";
/// The profile: fast first, since rules are so little code that it hardly costs size (`spend-limit`: 4 % larger than by
/// `s`, a third less fuel); nothing for debuggers; nothing that differs from machine to machine.
const PROFILE_SETTINGS: [&str; 9] = [
    "inherits=\"release\"",
    "opt-level=3",
    "lto=true",
    "codegen-units=1",
    "panic=\"abort\"",
    "strip=true",
    "debug=false",
    "debug-assertions=false",
    "incremental=false",
];

/// Why cargo didn't give a module.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Cargo can't be started.
    #[error(transparent)]
    NoCargo(#[from] PackageError),
    /// Cargo was started, but what it says can't be read.
    #[error("cargo's output can't be read: {0}")]
    Output(#[from] io::Error),
    /// The code doesn't compile. What the compiler says was shown already, or stands in `output`.
    #[error("the crate `{package}` doesn't compile{}", on_lines_of_its_own(output))]
    Failed {
        /// The crate.
        package: String,
        /// What cargo and the compiler said, where it wasn't shown.
        output: String,
        /// How many bytes the linker needs at start, where it found the memory too small.
        memory_bytes_needed: Option<u32>,
    },
    /// Cargo built the crate and made no module.
    #[error("cargo made no WebAssembly module of the crate `{0}`")]
    NoModule(String),
    /// The module can't be read.
    #[error("`{}` can't be read: {error}", path.display())]
    Unreadable {
        /// The module.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl CompileError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoCargo(error) => error.hint(),
            Self::Failed {
                memory_bytes_needed: Some(needed),
                ..
            } => Some(format!(
                "its constants don't fit into the memory at start: set `memory-bytes = {}` in `[package.metadata.lictor]`",
                package::memory_bytes_for(*needed)
            )),
            _ => None,
        }
    }
}

fn on_lines_of_its_own(output: &str) -> String {
    if output.is_empty() {
        String::new()
    } else {
        format!("\n{output}")
    }
}

/// Compiles a package to a core module and says where it is.
///
/// # Errors
/// Why there is none.
pub fn compile(
    package: &Package,
    locked: bool,
    progress: Progress,
) -> Result<PathBuf, CompileError> {
    warn_of_ignored_flags(progress);
    let mut command = command(package, locked, progress);
    let mut child = command
        .spawn()
        .map_err(|error| package::not_started(&command, error))?;
    let quiet = child.stderr.take().map(collect);
    let mut said = Said::default();
    let read = read_messages(&mut child, package, progress, &mut said);
    let status = child.wait()?;
    read?;
    if let Some(quiet) = quiet {
        said.output.push_str(&quiet.join().unwrap_or_default());
    }
    if !status.success() {
        return Err(CompileError::Failed {
            package: package.name.clone(),
            output: said.output.trim_end().to_owned(),
            memory_bytes_needed: said.memory_bytes_needed,
        });
    }
    said.module
        .ok_or_else(|| CompileError::NoModule(package.name.clone()))
}

/// The flags are given as a whole, so that the same source gives the same bytes everywhere: what the environment sets for
/// other builds is not for policies.
fn warn_of_ignored_flags(progress: Progress) {
    let set = std::env::var_os("RUSTFLAGS").is_some_and(|flags| !flags.is_empty());
    if set && progress == Progress::Shown {
        terminal::note(format_args!(
            "`RUSTFLAGS` is not used for policies, so that their bytes don't depend on it"
        ));
    }
}

fn command(package: &Package, locked: bool, progress: Progress) -> Command {
    let mut command = package::cargo();
    command
        .arg("build")
        .arg("--manifest-path")
        .arg(&package.manifest)
        .args(["--package", &package.name, "--lib"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .arg("--message-format=json-diagnostic-rendered-ansi");
    for setting in PROFILE_SETTINGS {
        command
            .arg("--config")
            .arg(format!("profile.{PROFILE}.{setting}"));
    }
    if locked {
        command.arg("--locked");
    }
    command
        .env("CARGO_ENCODED_RUSTFLAGS", flags(package))
        .env_remove("CARGO_BUILD_TARGET")
        .current_dir(package.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if progress == Progress::Quiet {
        command.stderr(Stdio::piped());
    }
    command
}

/// The compiler's flags in cargo's encoding.
fn flags(package: &Package) -> OsString {
    let mut flags: Vec<OsString> = vec![
        format!("-Clink-arg=-zstack-size={}", package.stack_bytes).into(),
        format!("-Clink-arg=--initial-memory={}", package.memory_bytes).into(),
    ];
    flags.push(remapped(&package.workspace, "/policy"));
    if let Some(home) = cargo_home() {
        flags.push(remapped(&home, "/cargo"));
    }
    flags.join("\u{1f}".as_ref())
}

/// Source paths end in the messages of panics, and so in the component: they must not tell whose machine it was.
fn remapped(folder: &Path, name: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(folder);
    flag.push("=");
    flag.push(name);
    flag
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

// What cargo says.

/// What was learnt from cargo's messages.
#[derive(Default)]
struct Said {
    output: String,
    module: Option<PathBuf>,
    memory_bytes_needed: Option<u32>,
}

/// One line of cargo's JSON messages, as far as it matters here.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Said { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Made {
        manifest_path: PathBuf,
        filenames: Vec<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: Option<String>,
}

fn read_messages(
    child: &mut Child,
    package: &Package,
    progress: Progress,
    said: &mut Said,
) -> io::Result<()> {
    let Some(stdout) = child.stdout.take() else {
        return Ok(());
    };
    for line in BufReader::new(stdout).lines() {
        // A build script may print lines of its own: what is no message isn't cargo's.
        if let Ok(message) = serde_json::from_str(&line?) {
            take_message(message, package, progress, said);
        }
    }
    Ok(())
}

fn take_message(message: Message, package: &Package, progress: Progress, said: &mut Said) {
    match message {
        Message::Said { message } => {
            let rendered = message.rendered.unwrap_or_default();
            said.memory_bytes_needed = said.memory_bytes_needed.or(memory_needed(&rendered));
            match progress {
                Progress::Shown => drop(write!(anstream::stderr(), "{rendered}")),
                Progress::Quiet => said
                    .output
                    .push_str(&anstream::adapter::strip_str(&rendered).to_string()),
            }
        }
        Message::Made {
            manifest_path,
            filenames,
        } if manifest_path == package.manifest => {
            let module = filenames
                .into_iter()
                .find(|it| it.extension() == Some("wasm".as_ref()));
            said.module = module.or(said.module.take());
        }
        Message::Made { .. } | Message::Other => {}
    }
}

/// The number in the linker's `initial memory too small, 176688 bytes needed`.
fn memory_needed(rendered: &str) -> Option<u32> {
    let (_, rest) = rendered.split_once("initial memory too small, ")?;
    rest.split_once(' ')?.0.parse().ok()
}

/// Reads to the end aside, so that cargo never waits for a full pipe.
fn collect(mut stderr: ChildStderr) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(stderr.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
