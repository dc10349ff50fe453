//! Taking in a state that another host exported.

use std::io::{BufRead, Read};
use std::path::Path;

use redb::WriteTransaction;

use crate::entry::Table;
use crate::error::StateError;
use crate::export::{EXPORT_FORMAT, Head, Line};
use crate::journal::JournalEntry;
use crate::store::{FORMAT, Store};

/// The most bytes of one line of an export.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Makes a state from an export, in a folder that has none. It comes to be as a whole or not at all.
///
/// # Errors
/// The folder can't be used or has a state already, a newer version wrote the export, or it is damaged or cut.
pub fn import(folder: &Path, from: &mut dyn BufRead) -> Result<Store, StateError> {
    Store::make(folder, |transaction| {
        let mut lines = Lines::new(from);
        lines.head()?;
        while let Some(line) = lines.next()? {
            match line {
                Line::Entry { table, key, value } => {
                    let value = value.get().as_bytes();
                    table
                        .check(&key, value)
                        .map_err(|detail| lines.refused(format!("`{key}`: {detail}")))?;
                    put(transaction, table, &key, value)?;
                }
                Line::Change(change) => append(transaction, &change, &lines)?,
                Line::End { .. } => return lines.nothing_more(),
            }
        }
        Err(lines.refused("it ends before its last line".to_owned()))
    })
}

fn put(
    transaction: &WriteTransaction,
    table: Table,
    key: &str,
    value: &[u8],
) -> Result<(), StateError> {
    crate::store::put(transaction, table, key, value).map_err(unwritten)
}

fn append(
    transaction: &WriteTransaction,
    change: &JournalEntry,
    lines: &Lines<'_>,
) -> Result<(), StateError> {
    let last = crate::store::last_change(transaction).map_err(unwritten)?;
    if last.is_some_and(|last| change.sequence != last.saturating_add(1)) {
        let detail = format!(
            "change {} does not follow the one before it",
            change.sequence
        );
        return Err(lines.refused(detail));
    }
    crate::store::append(transaction, change).map_err(unwritten)
}

fn unwritten(error: redb::Error) -> StateError {
    StateError::Write {
        detail: error.to_string(),
    }
}

struct Lines<'a> {
    from: &'a mut dyn BufRead,
    line: usize,
    hasher: blake3::Hasher,
}

impl<'a> Lines<'a> {
    fn new(from: &'a mut dyn BufRead) -> Self {
        Self {
            from,
            line: 0,
            hasher: blake3::Hasher::new(),
        }
    }

    fn refused(&self, detail: String) -> StateError {
        StateError::Import {
            line: self.line,
            detail,
        }
    }

    fn text(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        let mut text = Vec::new();
        self.line = self.line.saturating_add(1);
        self.from
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut text)?;
        match text.last() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(text)),
            Some(_) => Err(self.refused("it is cut or too long".to_owned())),
        }
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, text: &[u8]) -> Result<T, StateError> {
        serde_json::from_slice(text).map_err(|error| self.refused(error.to_string()))
    }

    fn head(&mut self) -> Result<(), StateError> {
        let text = self.text()?.unwrap_or_default();
        let head: Head = self.parsed(&text)?;
        if head.format != EXPORT_FORMAT {
            return Err(self.refused(format!("`{}` is no export of a state", head.format)));
        }
        if head.version != FORMAT {
            let (found, known) = (head.version, FORMAT);
            return Err(self.refused(format!(
                "it has format {found}, and this version knows {known}"
            )));
        }
        self.hasher.update(&text);
        Ok(())
    }

    /// The next line, after its sum was checked if it is the last.
    fn next(&mut self) -> Result<Option<Line>, StateError> {
        let Some(text) = self.text()? else {
            return Ok(None);
        };
        let line: Line = self.parsed(&text)?;
        if let Line::End { lines, blake3 } = &line {
            let read = self.line.saturating_sub(1) as u64;
            let sum = self.hasher.finalize().to_hex();
            if *lines != read || *blake3 != *sum.as_str() {
                return Err(
                    self.refused("the lines before it are not those that were written".to_owned())
                );
            }
        }
        self.hasher.update(&text);
        Ok(Some(line))
    }

    fn nothing_more(&mut self) -> Result<(), StateError> {
        match self.text()? {
            None => Ok(()),
            Some(_) => Err(self.refused("there is more after its last line".to_owned())),
        }
    }
}
