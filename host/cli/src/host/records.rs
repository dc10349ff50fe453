//! The audit log of a host: lines of JSON, appended to a file.

use std::fs::OpenOptions;
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use lictor::{Redaction, Sink, WhenFull};

use crate::arguments::HostArguments;
use crate::exit::Exit;
use crate::failure::Failure;

/// Records that may wait for the disk.
const WAITING: usize = 4_096;

/// Where the records go; nowhere where no file is named.
pub(super) fn sink(typed: &HostArguments) -> Result<Sink, Failure> {
    let Some(file) = &typed.records else {
        return Ok(Sink::none());
    };
    let redaction = match typed.record_requests {
        true => Redaction::default().with_requests(),
        false => Redaction::default(),
    };
    let unusable = |error: io::Error| Failure::input(unwritable(file, &error));
    // What stands in it is the tenants'.
    let mut options = OpenOptions::new();
    let opened = options.append(true).create(true).mode(0o600).open(file);
    let writer = BufWriter::new(opened.map_err(unusable)?);
    Sink::json_lines(writer, redaction, WAITING, WhenFull::Drop).map_err(|error| {
        let message = format!("a thread can't be started: {error}");
        Failure::new(Exit::HostFault, message)
    })
}

/// Waits until all records so far are written.
pub(super) fn flush(sink: &Sink, typed: &HostArguments) -> Result<(), Failure> {
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
