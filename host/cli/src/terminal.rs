//! Where output goes: data to standard output, notes and errors to standard error, colours only on a terminal.
//!
//! It decides nothing about content, but that a text from outside never acts on the terminal. Where nobody listens on standard error any more there is nobody to tell, so that a
//! failure to write there is ignored.

use std::borrow::Cow;
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

/// A text from outside, safe to show: a control character could move the cursor or change what stands on the screen
/// already, so each becomes a replacement character. Line breaks and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |it: char| it.is_control() && !matches!(it, '\n' | '\t');
    if text.contains(hidden) {
        text.replace(hidden, "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// Writes a line about what is being done to standard error.
pub fn note(text: fmt::Arguments<'_>) {
    drop(writeln!(anstream::stderr(), "{NOTE}note:{NOTE:#} {text}"));
}

/// Writes why a command ended early to standard error.
pub fn failure(failure: &Failure) {
    let mut stderr = anstream::stderr().lock();
    let message = failure.to_string();
    let message = visible(&message);
    drop(writeln!(stderr, "{ERROR}error:{ERROR:#} {message}"));
    if let Some(hint) = failure.hint_text() {
        drop(writeln!(stderr, "{HINT}hint:{HINT:#} {}", visible(hint)));
    }
}
