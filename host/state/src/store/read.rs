//! Reading a store as it is after one change.

use redb::{ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata};

use super::{FORMAT, JOURNAL, STORE_FILE, Store, Summary, definition};
use crate::entry::Table;
use crate::error::StateError;
use crate::files::{FileName, Shelf};

/// How many entries that need a file a message names.
const NEEDED_MAX: usize = 8;

impl Store {
    /// What the store holds, after every entry was read and understood and every file that one names was read and found whole.
    ///
    /// # Errors
    /// It can't be read, something in it can't be understood, or a file is missing or damaged.
    pub fn check(&self) -> Result<Summary, StateError> {
        let mut entries = Vec::new();
        for table in Table::ALL {
            let pairs = self.pairs(table)?;
            for (key, value) in &pairs {
                table
                    .check(key, value)
                    .map_err(|detail| StateError::Entry {
                        table,
                        key: key.clone(),
                        detail,
                    })?;
            }
            entries.push((table, pairs.len() as u64));
        }
        Ok(Summary {
            format: FORMAT,
            entries,
            changes: self.check_journal()?,
            bytes: self.bytes(),
            files: self.check_files()?,
        })
    }

    fn check_files(&self) -> Result<Vec<(Shelf, u64, u64)>, StateError> {
        let mut sums: Vec<_> = Shelf::ALL.map(|shelf| (shelf, 0, 0)).into();
        for name in self.files.named() {
            let bytes = self
                .files
                .each_piece(name, |_| Ok(()))
                .map_err(|error| self.of_whom(name, error))?;
            for (_, count, sum) in sums.iter_mut().filter(|(shelf, ..)| *shelf == name.shelf()) {
                *count += 1;
                *sum += bytes;
            }
        }
        Ok(sums)
    }

    /// What is wrong with a file, with what needs it.
    pub(crate) fn of_whom(&self, name: FileName, error: StateError) -> StateError {
        let StateError::File { file, detail } = error else {
            return error;
        };
        let mut needed = Vec::new();
        for table in Table::ALL {
            for (key, value) in self.pairs(table).unwrap_or_default() {
                if table
                    .files(&key, &value)
                    .is_ok_and(|files| files.contains(&name))
                {
                    needed.push(format!("`{key}` in `{table}`"));
                }
            }
        }
        let count = needed.len();
        needed.truncate(NEEDED_MAX);
        let more = match count - needed.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let detail = format!("{detail}; needed by {}{more}", needed.join(", "));
        StateError::File { file, detail }
    }

    /// Whether the journal has no gaps; the number of its last entry.
    fn check_journal(&self) -> Result<u64, StateError> {
        let (count, first, last) = self.read(|transaction| {
            let journal = transaction.open_table(JOURNAL)?;
            let first = journal.first()?.map_or(1, |(sequence, _)| sequence.value());
            let last = journal.last()?.map_or(0, |(sequence, _)| sequence.value());
            Ok((journal.len()?, first, last))
        })?;
        if count != last.saturating_add(1).saturating_sub(first) {
            return Err(self.damaged(format!(
                "the journal has {count} entries from {first} to {last}"
            )));
        }
        let mut after = first.saturating_sub(1);
        while after < last {
            let page = self.journal(after, 1024)?;
            after = page.last().map_or(last, |entry| entry.sequence);
        }
        Ok(last)
    }

    fn bytes(&self) -> u64 {
        let file = self.folder.path().join(STORE_FILE);
        std::fs::metadata(file).map_or(0, |found| found.len())
    }

    /// The entries of a table as they are kept, by key.
    pub(crate) fn pairs(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, StateError> {
        self.read(|transaction| {
            let opened = transaction.open_table(definition(table))?;
            opened
                .iter()?
                .map(|pair| {
                    pair.map(|(key, value)| (key.value().to_owned(), value.value().to_vec()))
                })
                .collect::<Result<_, _>>()
                .map_err(redb::Error::from)
        })
    }

    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StateError> {
        let mut opened = self.opened();
        let database = self.database(&mut opened)?;
        let all = || read(&database.begin_read()?);
        all().map_err(|error| self.damaged(error.to_string()))
    }

    pub(super) fn damaged(&self, detail: String) -> StateError {
        StateError::Damaged {
            folder: self.folder.path().to_owned(),
            detail,
        }
    }
}
