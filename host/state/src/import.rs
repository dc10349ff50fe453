//! Taking in a state that another host exported.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use redb::WriteTransaction;

use crate::entry::Table;
use crate::error::StateError;
use crate::export::{EXPORT_FORMAT, Head, Line};
use crate::files::{FileName, Files, KeptFile};
use crate::journal::JournalEntry;
use crate::store::{FIRST_FORMAT, FORMAT, Store};

/// The most bytes of one line of an export.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Makes a state from an export, in a folder that has none. It comes to be as a whole or not at all.
///
/// # Errors
/// The folder can't be used or has a state already, a newer version wrote the export, or it is damaged or cut.
pub fn import(folder: &Path, from: &mut dyn BufRead) -> Result<Store, StateError> {
    // Let go of when the store is there, which names them, or failed, so that nothing of them is left.
    let mut kept = Vec::new();
    Store::make(folder, |transaction, files| {
        let mut lines = Lines::new(from);
        lines.head()?;
        let mut named = BTreeSet::new();
        let mut next = lines.next()?;
        while let Some(line) = next.take() {
            match line {
                Line::Entry { table, key, value } => {
                    let value = value.get().as_bytes();
                    let refuse = |detail| lines.refused(format!("`{key}`: {detail}"));
                    table.check(&key, value).map_err(refuse)?;
                    named.extend(table.files(&key, value).map_err(refuse)?);
                    put(transaction, table, &key, value)?;
                }
                Line::Change(change) => append(transaction, &change, &lines)?,
                Line::File { shelf, digest } => {
                    let name = FileName::new(shelf, digest);
                    let (file, after) = lines.file(files, name)?;
                    named.remove(&name);
                    kept.push(file);
                    next = after;
                    continue;
                }
                Line::Bytes(_) => return Err(lines.refused("it is of no file".to_owned())),
                Line::End { .. } => {
                    if let Some(name) = named.first() {
                        return Err(lines.refused(format!("the file `{name}` is not in it")));
                    }
                    lines.nothing_more()?;
                    // From here on the store names them.
                    files.freeze();
                    return Ok(());
                }
            }
            next = lines.next()?;
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
        if !(FIRST_FORMAT..=FORMAT).contains(&head.version) {
            let (found, known) = (head.version, FORMAT);
            return Err(self.refused(format!(
                "it has format {found}, and this version knows formats up to {known}"
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

    /// Reads the bytes of a file into its place. Returns it with the line after it.
    fn file(
        &mut self,
        files: &Files,
        name: FileName,
    ) -> Result<(KeptFile, Option<Line>), StateError> {
        let mut after = None;
        let mut refused = None;
        let written = files.write(name.shelf(), |to| {
            loop {
                match self.next() {
                    Ok(Some(Line::Bytes(text))) => {
                        to.write_all(&STANDARD.decode(text).map_err(io::Error::other)?)?;
                    }
                    Ok(other) => {
                        after = other;
                        return Ok(());
                    }
                    Err(error) => {
                        refused = Some(error);
                        return Err(io::Error::other("the export is refused"));
                    }
                }
            }
        });
        if let Some(refused) = refused {
            return Err(refused);
        }
        let file = written?;
        if after.is_none() {
            return Err(self.refused("it ends before its last line".to_owned()));
        }
        if file.name() != name {
            return Err(self.refused(format!("the bytes of `{name}` are others")));
        }
        Ok((file, after))
    }

    fn nothing_more(&mut self) -> Result<(), StateError> {
        match self.text()? {
            None => Ok(()),
            Some(_) => Err(self.refused("there is more after its last line".to_owned())),
        }
    }
}
