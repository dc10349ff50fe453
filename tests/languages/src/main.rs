//! Builds the example policies of other languages into a folder: `cargo run -p lictor-languages -- <folder>`.
//!
//! It prints one line for each and exits with 1 when one can't be built, a missing tool included: whoever calls it by hand wants
//! the components.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lictor_languages::{Built, NotBuilt, build_c, build_js};

fn main() -> io::Result<ExitCode> {
    // For the tests of this crate, whose own `main` isn't theirs.
    lictor_engine::compile_worker_if_asked();
    let out = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("target/languages"), PathBuf::from);
    let c = say("C", build_c(&out.join("c")))?;
    let javascript = say("JavaScript", build_js(&out.join("javascript")))?;
    Ok(if c && javascript {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints how a build went and returns whether there is a component.
fn say(language: &str, built: Result<Built, NotBuilt>) -> io::Result<bool> {
    match built {
        Ok(Built {
            component, fresh, ..
        }) => {
            let how = if fresh { "built" } else { "unchanged" };
            writeln!(
                io::stdout(),
                "{language}: {how}, {} bytes in {}",
                size(&component)?,
                component.display()
            )?;
            Ok(true)
        }
        Err(reason) => {
            writeln!(io::stderr(), "{language}: {reason}")?;
            Ok(false)
        }
    }
}

fn size(file: &Path) -> io::Result<u64> {
    Ok(std::fs::metadata(file)?.len())
}
