//! The audit log of a host: lines of JSON, appended to a file, and read again.

use std::io::{self, Write};
use std::path::Path;

use lictor::{Redaction, Reply, Sink, Verb, WhenFull};

use crate::arguments::{RecordArguments, RecordsArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::terminal;

/// Records that may wait for the disk.
const WAITING: usize = 4_096;

/// Where the records go; nowhere where no file is named.
pub fn sink(typed: &RecordArguments) -> Result<Sink, Failure> {
    let Some(file) = &typed.records else {
        return Ok(Sink::none());
    };
    let redaction = match typed.record_requests {
        true => Redaction::default().with_requests(),
        false => Redaction::default(),
    };
    Sink::in_file(file, redaction, WAITING, WhenFull::Drop)
        .map_err(|error| Failure::input(unwritable(file, &error)))
}

/// Prints what a running host has recorded.
pub fn list(typed: &RecordsArguments) -> Result<Exit, Failure> {
    let mut session = Session::open(&typed.place)?;
    let mut stdout = anstream::stdout().lock();
    let mut after = typed.after;
    loop {
        let (lines, next) = match session.ask(Verb::RecordList { after })? {
            Reply::Records { lines, next } => (lines, next),
            reply => return Err(session::unexpected(&reply)),
        };
        stdout.write_all(lines.bytes()?)?;
        if next == after {
            terminal::note(format_args!("go on with `--after {next}`"));
            return Ok(Exit::Done);
        }
        after = next;
    }
}

/// Waits until all records so far are written.
pub fn flush(sink: &Sink, typed: &RecordArguments) -> Result<(), Failure> {
    let Some(file) = &typed.records else {
        return Ok(());
    };
    let written = sink.flush();
    let written = written.map_err(|error| Failure::new(Exit::HostFault, unwritable(file, &error)));
    match (written, sink.lost()) {
        (Ok(()), 0) => Ok(()),
        (Ok(()), lost) => {
            let message = format!(
                "{lost} records could not be written to `{}`",
                file.display()
            );
            Err(Failure::new(Exit::HostFault, message).hint("is the disk full?"))
        }
        (written, _) => written,
    }
}

fn unwritable(file: &Path, error: &io::Error) -> String {
    format!("records can't be written to `{}`: {error}", file.display())
}
