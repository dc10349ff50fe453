//! Guests: from the text in `tests/guests` to a component. Must never need anything but this process.
//!
//! A guest is the fields of a core module that defines a function `$evaluate`, and perhaps `$check`, `$prepare`,
//! `$initialize`, `$allocate`, `$post_evaluate` and `$init`. Before them the harness puts the contract's imports, a memory, an
//! allocator and the shapes of answers (see `guest/prelude.wat`). A guest that must be refused before it runs may be a whole `(component ...)` instead.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::Context as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const IMPORTS: &str = include_str!("guest/imports.wat");
const PRELUDE: &str = include_str!("guest/prelude.wat");

/// A guest's function, and the name under which the component's encoder finds it.
const EXPORTS: [(&str, &str); 7] = [
    ("$check", "lictor:policy/evaluator@0.1.0#check"),
    ("$evaluate", "lictor:policy/evaluator@0.1.0#evaluate"),
    ("$prepare", "lictor:policy/preparation@0.1.0#prepare"),
    (
        "$post_evaluate",
        "cabi_post_lictor:policy/evaluator@0.1.0#evaluate",
    ),
    ("$initialize", "_initialize"),
    ("$allocate", "cabi_realloc"),
    ("$init", "init"),
];

/// What a guest gets that doesn't say how it checks its parameters.
const CHECK: &str = "  (func $check (result i32) (call $ok))\n";
/// What a guest gets that doesn't allocate by itself.
const ALLOCATE: &str = "  (export \"cabi_realloc\" (func $realloc))\n";

static BUILT: LazyLock<Mutex<HashMap<String, Vec<u8>>>> = LazyLock::new(Mutex::default);

/// The component of the guest in `tests/guests/<name>.wat`, built once per process.
///
/// # Panics
/// There is no such guest, or its text is wrong.
pub fn guest(name: &str) -> Vec<u8> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let component = built
        .entry(name.to_owned())
        .or_insert_with(|| build(name).expect("every guest can be built"));
    component.clone()
}

/// The names of all guests, sorted.
///
/// # Panics
/// The folder can't be read.
pub fn guests() -> Vec<String> {
    let files = fs::read_dir(folder("guests")).expect("the tests have a folder of guests");
    let mut names: Vec<String> = files
        .filter_map(|file| {
            let name = file.ok()?.file_name().into_string().ok()?;
            name.strip_suffix(".wat").map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

/// A folder beside the harness.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The component of a guest whose text stands elsewhere.
///
/// # Panics
/// The text is wrong.
pub fn component(name: &str, body: &str) -> Vec<u8> {
    assemble(name, body).expect("every guest can be built")
}

fn build(name: &str) -> anyhow::Result<Vec<u8>> {
    let path = folder("guests").join(format!("{name}.wat"));
    let body =
        fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    assemble(name, &body)
}

fn assemble(name: &str, body: &str) -> anyhow::Result<Vec<u8>> {
    let is_component = body.lines().any(|line| line.starts_with("(component"));
    if is_component {
        return wat::parse_str(body).with_context(|| format!("the guest `{name}`"));
    }
    let mut module = wat::parse_str(module(body)).with_context(|| format!("the guest `{name}`"))?;
    describe(&mut module, world(body))?;
    ComponentEncoder::default()
        .module(&module)?
        .encode()
        .with_context(|| format!("encoding the guest `{name}`"))
}

/// The whole module: imports have to stand before everything else.
fn module(body: &str) -> String {
    let is_import = |line: &&str| line.starts_with("(import ");
    let (imports, fields): (Vec<&str>, Vec<&str>) = body.lines().partition(is_import);
    let default = |function, text| if defines(body, function) { "" } else { text };
    let (check, allocate) = (default("$check", CHECK), default("$allocate", ALLOCATE));
    let exports: String = EXPORTS
        .iter()
        .filter(|(function, _)| *function == "$check" || defines(body, function))
        .map(|(function, name)| format!("  (export \"{name}\" (func {function}))\n"))
        .collect();
    let (imports, fields) = (imports.join("\n"), fields.join("\n"));
    format!("(module\n{IMPORTS}{imports}\n{PRELUDE}{check}{allocate}{exports}{fields}\n)")
}

fn defines(body: &str, function: &str) -> bool {
    body.contains(&format!("(func {function} ")) || body.contains(&format!("(func {function}\n"))
}

/// The world whose exports a guest has.
fn world(body: &str) -> &'static str {
    match (defines(body, "$prepare"), defines(body, "$init")) {
        (true, _) => "prepared-policy",
        (false, true) => "extended-policy",
        (false, false) => "policy",
    }
}

/// Says in a custom section which world the module lives in.
fn describe(module: &mut Vec<u8>, world: &str) -> anyhow::Result<()> {
    let mut resolve = Resolve::default();
    resolve.push_dir(folder("../wit"))?;
    let (package, _) = resolve.push_dir(folder("guests/wit"))?;
    let world = resolve.select_world(&[package], Some(world))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8, false)
}
