//! `lictor state`: checks what a host remembers, writes it as text and takes it in again.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use lictor::Store;

use crate::arguments::{
    StateArguments, StateCheckArguments, StateCommand, StateExportArguments, StateImportArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::terminal;
use crate::write::write;

/// Does what was typed.
pub fn run(typed: &StateArguments) -> Result<Exit, Failure> {
    match &typed.command {
        StateCommand::Check(typed) => check(typed),
        StateCommand::Export(typed) => export(typed),
        StateCommand::Import(typed) => import(typed),
    }
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
        writeln!(stdout, "  {:<10} {count}", table.as_str())?;
    }
    writeln!(stdout, "  {:<10} {}", "changes", summary.changes)?;
    Ok(Exit::Done)
}

fn export(typed: &StateExportArguments) -> Result<Exit, Failure> {
    let store = Store::open(&typed.place.state)?;
    match &typed.output {
        None => store.export(&mut io::stdout().lock())?,
        Some(path) => {
            let mut text = Vec::new();
            store.export(&mut text)?;
            write(path, &text)?;
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
