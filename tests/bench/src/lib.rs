//! Measures every figure that Lictor promises, each against a floor or a peer in the same run, and writes the table of
//! `host/SPECIFICATION.md`.

mod artifact;
mod cached;
mod components;
mod directory;
mod figure;
mod flood;
mod floor;
mod fresh;
mod machine;
mod measure;
mod recall;
mod report;
mod restart;
mod rollouts;
mod rules;
mod serve;
mod tenants;
mod threads;

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};

use crate::figure::Figure;
use crate::machine::Machine;
use crate::report::Results;

/// The benchmarks in the order of the table.
const ORDER: [&str; 12] = [
    "fresh",
    "recall",
    "rules",
    "threads",
    "tenants",
    "artifact",
    "cached",
    "restart",
    "directory",
    "flood",
    "rollouts",
    "serve",
];

/// Measures Lictor's figures.
#[derive(Parser)]
struct Arguments {
    /// Which benchmarks to run; all where none is named.
    benches: Vec<Bench>,
    /// Shows that the benchmarks run, within a minute; the figures mean little.
    #[arg(long)]
    quick: bool,
    /// The date that the figures carry, for example 2026-11-21.
    #[arg(long, default_value = "no date")]
    date: String,
    /// Writes the table of `host/SPECIFICATION.md`.
    #[arg(long, conflicts_with = "quick")]
    write: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// A fresh evaluation against the floor.
    Fresh,
    /// Decisions answered from memory.
    Recall,
    /// The same three rules decided by Cedar and Rego.
    Rules,
    /// Two threads against one.
    Threads,
    /// Many tenants against few.
    Tenants,
    /// Verifying a signed artifact against its hashes and one signature.
    Artifact,
    /// Loading an artifact from the cache of native code against compiling it.
    Cached,
    /// A host with ten thousand tenants that starts again.
    Restart,
    /// A data document with a million members.
    Directory,
    /// Others while one tenant floods.
    Flood,
    /// Changes under traffic.
    Rollouts,
    /// Decisions over HTTP and gRPC, and connections that wait.
    Serve,
}

impl Bench {
    fn name(self) -> &'static str {
        match self {
            Bench::Fresh => "fresh",
            Bench::Recall => "recall",
            Bench::Rules => "rules",
            Bench::Threads => "threads",
            Bench::Tenants => "tenants",
            Bench::Artifact => "artifact",
            Bench::Cached => "cached",
            Bench::Restart => "restart",
            Bench::Directory => "directory",
            Bench::Flood => "flood",
            Bench::Rollouts => "rollouts",
            Bench::Serve => "serve",
        }
    }

    fn run(self, quick: bool) -> anyhow::Result<Vec<Figure>> {
        match self {
            Bench::Fresh => fresh::run(quick),
            Bench::Recall => recall::run(quick),
            Bench::Rules => rules::run(quick),
            Bench::Threads => threads::run(quick),
            Bench::Tenants => tenants::run(quick),
            Bench::Artifact => artifact::run(quick),
            Bench::Cached => cached::run(quick),
            Bench::Restart => restart::run(quick),
            Bench::Directory => directory::run(quick),
            Bench::Flood => flood::run(quick),
            Bench::Rollouts => rollouts::run(quick),
            Bench::Serve => serve::run(quick),
        }
    }
}

pub use recall::Recalled;

/// Does what the command line says.
///
/// # Errors
/// A benchmark can't be run, or its results can't be written.
pub fn run() -> anyhow::Result<()> {
    let mut given = std::env::args_os().skip(1);
    match given.next() {
        Some(first) if first == directory::CHILD => {
            return directory::replace(given.next().unwrap_or_default().into());
        }
        Some(first) if first == restart::CHILD => return restart::start(given),
        Some(first) if first == restart::FILL => return restart::fill(),
        _ => {}
    }
    let arguments = Arguments::parse();
    let benches = if arguments.benches.is_empty() {
        Bench::value_variants()
    } else {
        &arguments.benches
    };
    let mut results = Results::load(arguments.quick);
    for bench in benches {
        let machine = Machine::here(&arguments.date);
        println!("{} (load {})", bench.name(), machine.load);
        let figures = bench.run(arguments.quick)?;
        report::print(&figures);
        results.take(bench.name(), &machine, figures);
    }
    results.save(arguments.quick)?;
    if arguments.write {
        results.write_specification()?;
    }
    Ok(())
}

/// The project's folder.
fn project() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
