//! Where output goes: data to standard output, notes and errors to standard error, colours only on a terminal.
//!
//! It decides nothing about content. Where nobody listens on standard error any more there is nobody to tell, so that a
//! failure to write there is ignored.

use std::fmt;
use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

/// How a note begins.
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
/// How an error begins: as clap's own do.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// How a hint begins.
const HINT: Style = AnsiColor::Green.on_default().bold();

/// Writes a line about what is being done to standard error.
pub fn note(text: fmt::Arguments<'_>) {
    drop(writeln!(anstream::stderr(), "{NOTE}note:{NOTE:#} {text}"));
}

/// Writes why a command ended early to standard error.
pub fn failure(failure: &Failure) {
    let mut stderr = anstream::stderr().lock();
    drop(writeln!(stderr, "{ERROR}error:{ERROR:#} {failure}"));
    if let Some(hint) = failure.hint_text() {
        drop(writeln!(stderr, "{HINT}hint:{HINT:#} {hint}"));
    }
}
