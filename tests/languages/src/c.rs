//! Building the C example: bindings from the contract, a core module by clang, a component around it.
//!
//! The bindings are generated at build time and never checked in, so that they can't differ from `wit/`. Nothing
//! else is generated: the policy and its memory are plain C in the example's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;
use wit_component::ComponentEncoder;

use crate::{Built, NotBuilt, sources, tool};

/// The file name of the component, in the folder that the caller names.
const COMPONENT: &str = "tool-access-c.wasm";

/// How the core module is compiled and linked.
///
/// - No start files and no entry point: a policy has nothing to construct, and a start function would run for every decision.
/// - Of the libraries only `libc`, for `memcpy` and the like: neither start-up code nor the compiler's runtime is needed.
/// - 192 KiB of memory and a stack of 16 KiB below everything else: an instance that stays inside its first memory is cheap to make and to drop,
///   and a stack that overflows traps instead of overwriting data.
const FLAGS: [&str; 12] = [
    "--target=wasm32-wasi",
    "-std=c11",
    "-Os",
    "-Wall",
    "-Wextra",
    "-nostartfiles",
    "-nodefaultlibs",
    "-Wl,--no-entry",
    "-Wl,--stack-first",
    "-Wl,--strip-all",
    "-Wl,-z,stack-size=16384",
    "-Wl,--initial-memory=196608",
];

/// What to install where something is missing.
const HINT: &str = "install clang, lld and wasi-libc (Debian's names)";

/// Builds `examples/tool-access-c` into a folder, unless the component there is still made of the same sources.
///
/// # Errors
///
/// [`NotBuilt::Missing`] where clang, its linker for WebAssembly or the C library is not installed,
/// [`NotBuilt::Failed`] where the sources don't compile or the result is no policy.
pub fn build_c(out: &Path) -> Result<Built, NotBuilt> {
    let folder = sources::project().join("examples/tool-access-c");
    let component = out.join(COMPONENT);
    let failed = |error: anyhow::Error| NotBuilt::failed("the C example can't be built", &error);

    let _lock = tool::lock(out).map_err(failed)?;
    let stamp = stamp(&folder).map_err(failed)?;
    let fresh = !sources::is_current(&component, &stamp);
    if fresh {
        sources::invalidate(&component).map_err(failed)?;
        probe(out)?;
        bindings(out).map_err(failed)?;
        let module = compile(&folder, out)?;
        fs::write(&component, encode(&module).map_err(failed)?)
            .map_err(|error| failed(error.into()))?;
        sources::keep(&component, &stamp).map_err(failed)?;
    }
    Ok(Built {
        sources: folder,
        component,
        fresh,
    })
}

fn stamp(folder: &Path) -> Result<String> {
    let mut files = sources::files_in(folder, &["c", "h"])?;
    files.extend(sources::files_in(&sources::contract(), &["wit"])?);
    sources::stamp(&FLAGS.join(" "), &files)
}

/// Finds out by trying whether the compiler, its linker and the C library work together for WebAssembly.
fn probe(out: &Path) -> Result<(), NotBuilt> {
    if !tool::is_installed("clang") {
        return Err(NotBuilt::Missing(format!(
            "`clang` is not installed; {HINT}"
        )));
    }
    let source = out.join("probe.c");
    let written = fs::write(
        &source,
        "#include <string.h>\nint probe(const char *text) { return (int)strlen(text); }\n",
    );
    written.map_err(|error| {
        NotBuilt::Failed(format!("can't write `{}`: {error}", source.display()))
    })?;
    let linked = tool::run(
        clang()
            .arg(&source)
            .args(["-lc", "-o"])
            .arg(out.join("probe.wasm")),
    );
    linked
        .map_err(|_| NotBuilt::Missing(format!("`clang` can't build for WebAssembly here; {HINT}")))
}

/// Writes the contract in C: `policy.h`, `policy.c`, and an object file that carries the component's type.
fn bindings(out: &Path) -> Result<()> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(sources::contract())?;
    let world = resolve.select_world(&[package], Some("policy"))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)?;
    for (name, bytes) in files.iter() {
        let file = out.join(name);
        fs::write(&file, bytes).with_context(|| format!("can't write `{}`", file.display()))?;
    }
    Ok(())
}

/// Compiles and links the policy together with its bindings into a core module.
fn compile(folder: &Path, out: &Path) -> Result<PathBuf, NotBuilt> {
    let own = sources::files_in(folder, &["c"]);
    let own = own.map_err(|error| NotBuilt::failed("the C example can't be built", &error))?;
    let module = out.join("core.wasm");
    let mut command = clang();
    command.arg("-I").arg(out).args(own);
    command
        .arg(out.join("policy.c"))
        .arg(out.join("policy_component_type.o"));
    tool::run(command.args(["-lc", "-o"]).arg(&module))?;
    Ok(module)
}

fn clang() -> Command {
    let mut command = Command::new("clang");
    command.args(FLAGS);
    command
}

/// Makes the core module, which carries its type, a component. What it imports besides the contract is refused here.
fn encode(module: &Path) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .module(&sources::read(module)?)?
        .validate(true)
        .encode()
}
