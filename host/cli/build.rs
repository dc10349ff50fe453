//! Puts the sources that `lictor new` writes into the program: the SDK, the vocabulary that it tests rules with, and the
//! contract. They are not published, and a policy crate needs nothing but Rust and crates.io.
//!
//! The files keep their places relative to one another, so the crates' manifests are taken as they are; only the workspace
//! that they inherit from is written anew, with nothing in it but what they name.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use toml::{Table, Value};

/// The crates, by their folders in the project.
const CRATES: [&str; 2] = ["host/policy", "sdk/rust"];
/// What of a crate is needed to build it.
const OF_CRATE: [&str; 3] = ["Cargo.toml", "README.md", "src"];
/// What else is needed.
const BESIDES: [&str; 2] = ["wit", "LICENSE"];

fn main() -> io::Result<()> {
    let cli = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = cli.join("../..").canonicalize()?;
    let mut files = BTreeSet::new();
    for folder in CRATES {
        for part in OF_CRATE {
            collect(&root.join(folder).join(part), &mut files)?;
        }
    }
    for part in BESIDES {
        collect(&root.join(part), &mut files)?;
    }
    let mut code = String::from("&[\n");
    let _ = writeln!(code, "    (\"Cargo.toml\", {:?}),", workspace(&root)?);
    for file in &files {
        let inside = file.strip_prefix(&root).expect("it was found there");
        let name = inside.to_str().expect("the project's file names are ASCII");
        let _ = writeln!(
            code,
            "    ({name:?}, include_str!({:?})),",
            file.display().to_string()
        );
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("vendor.rs"), code)
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", path.display());
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if path.is_file() {
        files.insert(path.to_owned());
    }
    Ok(())
}

/// The manifest of a workspace of the vendored crates alone.
fn workspace(root: &Path) -> io::Result<String> {
    let mut manifest = read(&root.join("Cargo.toml"))?;
    let mut named = BTreeSet::new();
    for folder in CRATES {
        inherited(&read(&root.join(folder).join("Cargo.toml"))?, &mut named);
    }
    let mut workspace = match manifest.remove("workspace") {
        Some(Value::Table(workspace)) => workspace,
        _ => return Err(io::Error::other("the project's manifest has no workspace")),
    };
    workspace.remove("default-members");
    let members = CRATES.map(|folder| Value::String(folder.to_owned()));
    workspace.insert("members".to_owned(), Value::Array(members.to_vec()));
    if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
        dependencies.retain(|name, _| named.contains(name));
    }
    let mut table = Table::new();
    table.insert("workspace".to_owned(), Value::Table(workspace));
    toml::to_string(&table).map_err(io::Error::other)
}

fn read(manifest: &Path) -> io::Result<Table> {
    println!("cargo::rerun-if-changed={}", manifest.display());
    fs::read_to_string(manifest)?
        .parse()
        .map_err(io::Error::other)
}

/// Adds the names of all dependencies that a manifest inherits, wherever in it they stand.
fn inherited(table: &Table, named: &mut BTreeSet<String>) {
    for (name, value) in table {
        let Value::Table(inner) = value else { continue };
        if inner.get("workspace") == Some(&Value::Boolean(true)) {
            named.insert(name.clone());
        }
        inherited(inner, named);
    }
}
