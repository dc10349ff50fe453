//! `lictor state`: checks and shows what a host remembers, writes it as text and takes it in again.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use lictor::{JournalEntry, Reply, Store, UnixMs, Verb};
use lictor_state::HighestVersion;

use crate::arguments::{
    OrderArguments, StateArguments, StateCheckArguments, StateCommand, StateExportArguments,
    StateImportArguments, StateJournalArguments, StateVersionsArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::session::{self, Holder, Session};
use crate::terminal::{self, visible};
use crate::write::write_with;

/// Does what was typed.
pub fn run(typed: &StateArguments) -> Result<Exit, Failure> {
    match &typed.command {
        StateCommand::Check(typed) => check(typed),
        StateCommand::Versions(typed) => versions(typed),
        StateCommand::Journal(typed) => journal(typed),
        StateCommand::AcceptClock(typed) => accept_clock(typed),
        StateCommand::Export(typed) => export(typed),
        StateCommand::Import(typed) => import(typed),
    }
}

fn accept_clock(typed: &OrderArguments) -> Result<Exit, Failure> {
    Session::open(&typed.place)?.order(Verb::ClockAccept {}, &typed.reason)?;
    terminal::note(format_args!("the clock is taken as right"));
    Ok(Exit::Done)
}

fn check(typed: &StateCheckArguments) -> Result<Exit, Failure> {
    let summary = Store::open(&typed.place.state)?.check()?;
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &summary).map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    writeln!(
        stdout,
        "whole: format {}, {} bytes",
        summary.format,
        grouped(summary.bytes)
    )?;
    for (table, count) in &summary.entries {
        writeln!(stdout, "  {:<11} {count}", table.as_str())?;
    }
    writeln!(stdout, "  {:<11} {}", "changes", summary.changes)?;
    for (shelf, count, bytes) in summary.files.iter().filter(|(_, count, _)| *count > 0) {
        let bytes = grouped(*bytes);
        writeln!(stdout, "  {count} files of {shelf}, {bytes} bytes")?;
    }
    Ok(Exit::Done)
}

fn versions(typed: &StateVersionsArguments) -> Result<Exit, Failure> {
    let all = Store::open(&typed.place.state)?.all::<HighestVersion>()?;
    let mut stdout = anstream::stdout().lock();
    for highest in &all {
        if typed.json {
            line(&mut stdout, highest)?;
            continue;
        }
        let (tenant, policy, version) = (&highest.tenant, &highest.policy, &highest.version);
        writeln!(stdout, "{tenant}  {policy} {version}  {}", highest.artifact)?;
        let back = highest.admitted.iter();
        for back in back.filter(|it| highest.rolled_back_to == Some(it.artifact())) {
            let (version, artifact) = (back.version(), back.artifact());
            writeln!(stdout, "  rolled back to {version}  {artifact}")?;
        }
    }
    Ok(Exit::Done)
}

/// How many changes are read at once.
const PAGE: usize = 1_024;

fn journal(typed: &StateJournalArguments) -> Result<Exit, Failure> {
    let mut holder = session::holder(typed.place.state.as_deref(), &typed.place.remote)?;
    let mut stdout = anstream::stdout().lock();
    let mut after = typed.after;
    loop {
        let page = page(&mut holder, after)?;
        let Some(last) = page.last() else {
            return Ok(Exit::Done);
        };
        after = last.sequence;
        for change in &page {
            if typed.json {
                line(&mut stdout, change)?;
                continue;
            }
            let (number, at) = (change.sequence, UnixMs(change.at_ms));
            let (by, what) = (visible(&change.by), visible(&change.what));
            write!(stdout, "{number}  {at}  {by}: {what}")?;
            match &change.why {
                Some(why) => writeln!(stdout, " ({})", visible(why))?,
                None => writeln!(stdout)?,
            }
        }
    }
}

/// The next changes, from the folder or from the host that holds it.
fn page(holder: &mut Holder, after: u64) -> Result<Vec<JournalEntry>, Failure> {
    match holder {
        Holder::Us(store) => Ok(store.journal(after, PAGE)?),
        Holder::Host(running) => match running.ask(Verb::Journal { after })? {
            Reply::Journal { changes } => Ok(changes),
            reply => Err(session::unexpected(&reply)),
        },
    }
}

fn line(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

fn export(typed: &StateExportArguments) -> Result<Exit, Failure> {
    let store = Store::open(&typed.place.state)?;
    match &typed.output {
        None => store.export(&mut io::stdout().lock())?,
        Some(path) => {
            write_with(path, |to| Ok(store.export(to)?))?;
            writeln!(anstream::stdout(), "{}", path.display())?;
        }
    }
    Ok(Exit::Done)
}

fn import(typed: &StateImportArguments) -> Result<Exit, Failure> {
    let state = &typed.place.state;
    let store = if typed.file == Path::new("-") {
        lictor_state::import(state, &mut io::stdin().lock())?
    } else {
        let file = File::open(&typed.file).map_err(|error| {
            Failure::input(format!("`{}` can't be read: {error}", typed.file.display()))
        })?;
        lictor_state::import(state, &mut BufReader::new(file))?
    };
    let changes = store.check()?.changes;
    terminal::note(format_args!(
        "the state is in `{}`, with {changes} changes in its journal",
        state.display()
    ));
    Ok(Exit::Done)
}
