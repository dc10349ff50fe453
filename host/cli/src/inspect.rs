//! `lictor inspect`: what a component is, without deciding anything with it.

mod claims;

use std::io::{self, Write};

use anstyle::Style;
use lictor::{
    CONTRACT_VERSION, Document, Engine, Export, Fetched, Limits, Loaded, Refusal, Settings, Start,
};
use serde::Serialize;

use crate::arguments::InspectArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::given;
use crate::local::Local;
use crate::source::Source;
use crate::terminal::visible;
use claims::Claims;

const HEADING: Style = Style::new().bold();

/// What a component is.
#[derive(Serialize)]
struct Inspection {
    digest: String,
    size_bytes: usize,
    world: String,
    start: Started,
    imports: Vec<Interface>,
    exports: Vec<Interface>,
    /// What its signatures claim, which nobody has verified; nothing where it isn't signed.
    signed: Option<Claims>,
}

/// How each evaluation starts.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Started {
    Fresh,
    Snapshot,
    PreparedEachTime,
    Unknown,
}

/// An interface, or a function outside of any, that is imported or exported.
#[derive(Serialize)]
struct Interface {
    name: String,
    items: Vec<String>,
}

/// Inspects the component that was typed.
pub fn run(typed: &InspectArguments) -> Result<Exit, Failure> {
    let limits = given::limits(&typed.limits)?;
    let parameters = given::parameters(typed.parameters.as_deref())?;
    let source = Source::read(&typed.policy)?;
    if typed.provenance {
        return print_provenance(&source);
    }
    let settings = Settings {
        slots: 1,
        ..Settings::default()
    };
    let engine = Engine::new(&settings).map_err(|error| Failure::new(Exit::HostFault, error))?;
    let loaded = engine.load(&Local::new()?.verified(&source, &limits)?, &limits)?;
    let inspection = Inspection {
        digest: loaded.digest().to_string(),
        size_bytes: loaded.byte_len(),
        world: world(&loaded),
        start: start(&engine, &loaded, &parameters, &limits)?,
        imports: loaded.imports().into_iter().map(Interface::from).collect(),
        exports: loaded.exports().into_iter().map(Interface::from).collect(),
        signed: source.signed.as_deref().map(Claims::of),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer_pretty(&mut stdout, &inspection).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        inspection.write(&mut stdout)?;
    }
    Ok(Exit::Done)
}

/// How it was built, in the builder's words.
fn print_provenance(source: &Source) -> Result<Exit, Failure> {
    let carried = source.signed.as_deref().and_then(Fetched::provenance);
    let Some((provenance, _)) = carried else {
        return Err(Failure::input("no provenance travels with it"));
    };
    let mut stdout = anstream::stdout().lock();
    let text = serde_json::to_string_pretty(provenance.predicate()).map_err(io::Error::from)?;
    writeln!(stdout, "{}", visible(&text))?;
    Ok(Exit::Done)
}

/// The world of the contract that the component's exports are those of.
fn world(loaded: &Loaded) -> String {
    let name = if loaded.has_preparation() {
        "prepared-policy"
    } else {
        "policy"
    };
    format!("lictor:policy/{name}@{CONTRACT_VERSION}")
}

/// How each evaluation starts; whether there is a snapshot shows only when the policy is prepared.
fn start(
    engine: &Engine,
    loaded: &Loaded,
    parameters: &Document,
    limits: &Limits,
) -> Result<Started, Failure> {
    if !loaded.has_preparation() {
        return Ok(Started::Fresh);
    }
    match engine.prepare(loaded, parameters, limits, loaded.digest()) {
        Ok(prepared) => Ok(match prepared.start() {
            Start::Fresh => Started::Fresh,
            Start::Snapshot => Started::Snapshot,
            Start::PreparedEachTime => Started::PreparedEachTime,
        }),
        Err(Refusal::Parameters { .. } | Refusal::Preparation { .. }) => Ok(Started::Unknown),
        Err(refusal) => Err(refusal.into()),
    }
}

impl Started {
    fn meaning(self) -> &'static str {
        match self {
            Started::Fresh => "fresh: it has no set-up of its own",
            Started::Snapshot => "snapshot: it is prepared once, and evaluations start from there",
            Started::PreparedEachTime => {
                "prepared each time: no snapshot can be taken of it, so evaluations are slower"
            }
            Started::Unknown => {
                "unknown: it prepares itself, and refuses these parameters; give others with `--parameters`"
            }
        }
    }
}

impl From<Export> for Interface {
    fn from(export: Export) -> Self {
        Self {
            name: export.name,
            items: export.items,
        }
    }
}

impl Inspection {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { digest, world, .. } = self;
        writeln!(out, "{HEADING}digest{HEADING:#}  {digest}")?;
        writeln!(
            out,
            "{HEADING}size{HEADING:#}    {} bytes",
            grouped(self.size_bytes as u64)
        )?;
        writeln!(out, "{HEADING}world{HEADING:#}   {world}")?;
        writeln!(out, "{HEADING}start{HEADING:#}   {}", self.start.meaning())?;
        write_interfaces(out, "imports", &self.imports)?;
        write_interfaces(out, "exports", &self.exports)?;
        match &self.signed {
            Some(claims) => claims.write(out),
            None => writeln!(
                out,
                "{HEADING}signed{HEADING:#}  no: it is a component alone"
            ),
        }
    }
}

fn write_interfaces(
    out: &mut impl Write,
    heading: &str,
    interfaces: &[Interface],
) -> io::Result<()> {
    writeln!(out, "{HEADING}{heading}{HEADING:#}")?;
    if interfaces.is_empty() {
        return writeln!(out, "  none");
    }
    for Interface { name, items } in interfaces {
        match items.as_slice() {
            [] => writeln!(out, "  {}", visible(name))?,
            items => writeln!(out, "  {}: {}", visible(name), visible(&items.join(", ")))?,
        }
    }
    Ok(())
}
