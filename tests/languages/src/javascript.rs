//! Building the JavaScript example: npm's build tool in a copy of the folder, then the component.
//!
//! npm never runs in the source tree and never runs scripts of packages. It installs exactly what the lockfile names, once
//! per lockfile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{Built, NotBuilt, sources, tool};

/// The file name of the component, in the folder that the caller names.
const COMPONENT: &str = "tool-access-js.wasm";

/// How the build tool is called, besides its files.
///
/// - Without WASI: a policy has no use for it, and what would call it traps instead.
/// - Without asynchronous functions, which the contract has none of and the host refuses.
/// - Not with `--opt-size`, which is a third smaller: that build of QuickJS uses tail calls, which the host refuses.
const FLAGS: [&str; 4] = ["--world", "policy", "--stub-wasi", "--sync"];

/// The files that say what npm installs.
const LOCKED: [&str; 2] = ["package.json", "package-lock.json"];

/// What npm says when the registry is out of reach or does not have a package.
const UNREACHABLE: [&str; 12] = [
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "E401",
    "E403",
    "E404",
    "E503",
];

/// What to install where something is missing.
const HINT: &str = "install Node.js 18 or newer with npm";

/// Builds `examples/tool-access-js` into a folder, unless the component there is still made of the same sources.
///
/// # Errors
///
/// [`NotBuilt::Missing`] where Node.js or npm is not installed, or where npm can't get the build tool;
/// [`NotBuilt::Failed`] where the sources don't build.
pub fn build_js(out: &Path) -> Result<Built, NotBuilt> {
    let folder = sources::project().join("examples/tool-access-js");
    let component = out.join(COMPONENT);
    let failed =
        |error: anyhow::Error| NotBuilt::failed("the JavaScript example can't be built", &error);

    let _lock = tool::lock(out).map_err(failed)?;
    let stamp = stamp(&folder).map_err(failed)?;
    let fresh = !sources::is_current(&component, &stamp);
    if fresh {
        sources::invalidate(&component).map_err(failed)?;
        install(&folder, out)?;
        componentize(&folder, out, &component)?;
        sources::keep(&component, &stamp).map_err(failed)?;
    }
    Ok(Built {
        sources: folder,
        component,
        fresh,
    })
}

fn stamp(folder: &Path) -> Result<String> {
    let mut files = sources::files_in(folder, &["js", "json"])?;
    files.extend(sources::files_in(&sources::contract(), &["wit"])?);
    sources::stamp(&FLAGS.join(" "), &files)
}

/// Installs what the lockfile names into `node_modules` beside the component, unless it is there already.
fn install(folder: &Path, out: &Path) -> Result<(), NotBuilt> {
    for name in ["node", "npm"] {
        if !tool::is_installed(name) {
            return Err(NotBuilt::Missing(format!(
                "`{name}` is not installed; {HINT}"
            )));
        }
    }
    let failed =
        |error: anyhow::Error| NotBuilt::failed("the build tool can't be installed", &error);
    let modules = out.join("node_modules");
    let locked = LOCKED.map(|name| folder.join(name));
    let stamp = sources::stamp("npm ci", &locked).map_err(failed)?;
    if sources::is_current(&modules, &stamp) {
        return Ok(());
    }

    sources::invalidate(&modules).map_err(failed)?;
    copy(&locked, out).map_err(failed)?;
    tool::note(&format!(
        "installing the JavaScript example's build tool from npm into `{}`",
        modules.display()
    ));
    let mut command = Command::new("npm");
    command
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
        ])
        .current_dir(out);
    tool::run(&mut command).map_err(not_installed)?;
    sources::keep(&modules, &stamp).map_err(failed)
}

/// Tells a registry that can't be reached or doesn't have the package, which is a missing tool, from a lockfile that is wrong, which is ours.
fn not_installed(error: NotBuilt) -> NotBuilt {
    let text = error.to_string();
    let code = text
        .lines()
        .find_map(|line| line.strip_prefix("npm error code "))
        .map(str::trim);
    match code {
        Some(code) if UNREACHABLE.contains(&code) => NotBuilt::Missing(format!(
            "npm's registry does not give the build tool ({code}); {HINT} and a registry"
        )),
        _ => error,
    }
}

fn copy(files: &[PathBuf], into: &Path) -> Result<()> {
    for file in files {
        let name = file.file_name().unwrap_or_default();
        fs::copy(file, into.join(name))
            .with_context(|| format!("can't copy `{}`", file.display()))?;
    }
    Ok(())
}

/// Makes the component under a name of its own first, so that nobody ever finds half of one.
fn componentize(folder: &Path, out: &Path, component: &Path) -> Result<(), NotBuilt> {
    let unfinished = out.join("unfinished.wasm");
    let mut command = Command::new("node");
    command
        .arg(out.join("node_modules/componentize-qjs/bin/componentize-qjs"))
        .args(FLAGS);
    command.arg("--wit").arg(sources::contract());
    command.arg("--js").arg(folder.join("policy.js"));
    command.arg("--output").arg(&unfinished);
    tool::run(&mut command)?;
    let renamed = fs::rename(&unfinished, component);
    renamed.map_err(|error| {
        NotBuilt::Failed(format!("can't write `{}`: {error}", component.display()))
    })
}
