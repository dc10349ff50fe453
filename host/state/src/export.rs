//! A state as text: JSON lines that another host can take in.
//!
//! The first line names the format, then comes a line for each entry and each change of the journal. The files that entries
//! name follow, each as a line with its kind and its digest, and then its bytes in base64 on lines of at most
//! 256 KiB, so that neither side ever holds a whole one. The last line says how many lines there were and what they hash to,
//! so that a cut export is known for one.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lictor_policy::Digest;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::entry::Table;
use crate::error::StateError;
use crate::files::{FileName, Shelf};
use crate::journal::JournalEntry;
use crate::store::{FORMAT, Store};

/// What the first line of an export calls itself.
pub const EXPORT_FORMAT: &str = "lictor state";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) format: String,
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Line {
    Entry {
        table: Table,
        key: String,
        value: Box<RawValue>,
    },
    Change(JournalEntry),
    File {
        shelf: Shelf,
        digest: Digest,
    },
    /// The next bytes of the file, in base64.
    Bytes(String),
    End {
        lines: u64,
        blake3: String,
    },
}

impl Store {
    /// Writes everything that the store holds, with the files beside it: the same text for the same state.
    ///
    /// # Errors
    /// The store can't be read, a file is missing or damaged, or the text can't be written.
    pub fn export(&self, to: &mut dyn Write) -> Result<(), StateError> {
        let mut lines = Lines::new(to);
        lines.write(&Head {
            format: EXPORT_FORMAT.to_owned(),
            version: FORMAT,
        })?;
        for table in Table::ALL {
            for (key, value) in self.pairs(table)? {
                let value = serde_json::from_slice(&value).map_err(|error| StateError::Entry {
                    table,
                    key: key.clone(),
                    detail: error.to_string(),
                })?;
                lines.write(&Line::Entry { table, key, value })?;
            }
        }
        let mut after = 0;
        loop {
            let page = self.journal(after, 1024)?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            for change in page {
                lines.write(&Line::Change(change))?;
            }
        }
        for name in self.files().named() {
            self.export_file(name, &mut lines)?;
        }
        lines.end()
    }

    fn export_file(&self, name: FileName, lines: &mut Lines<'_>) -> Result<(), StateError> {
        lines.write(&Line::File {
            shelf: name.shelf(),
            digest: name.digest(),
        })?;
        let written = self.files().each_piece(name, |piece| {
            lines.write(&Line::Bytes(STANDARD.encode(piece)))
        });
        written.map(drop).map_err(|error| self.of_whom(name, error))
    }
}

struct Lines<'a> {
    to: &'a mut dyn Write,
    count: u64,
    hasher: blake3::Hasher,
}

impl<'a> Lines<'a> {
    fn new(to: &'a mut dyn Write) -> Self {
        Self {
            to,
            count: 0,
            hasher: blake3::Hasher::new(),
        }
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), StateError> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::other)?;
        text.push(b'\n');
        self.hasher.update(&text);
        self.count = self.count.saturating_add(1);
        self.to.write_all(&text)?;
        Ok(())
    }

    fn end(mut self) -> Result<(), StateError> {
        let end = Line::End {
            lines: self.count,
            blake3: self.hasher.finalize().to_hex().to_string(),
        };
        self.write(&end)?;
        self.to.flush()?;
        Ok(())
    }
}
