//! The store: tables of entries and a journal in one redb file, opened by one process at a time.
//!
//! redb writes a transaction copy-on-write and syncs it before `commit` returns, so a store is always as it was after some
//! whole change; and it checks the sums of all pages when it is opened here. After a write that failed it takes nothing more,
//! so then it is closed, and opened again by the next who wants something of it. What is large stands beside it in [`Files`],
//! which learn of every change once it is on the disk.

#[cfg(test)]
mod backend;
mod lock;
mod open;
#[cfg(all(feature = "kill-points", not(test)))]
#[path = "../../../tests/kill/src/point.rs"]
mod point;
mod read;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};

use crate::change::Change;
use crate::entry::{self, Entry, Table};
use crate::error::StateError;
use crate::files::{FileName, Files, Shelf};
use crate::folder::Folder;
use crate::journal::{JOURNAL_ENTRIES_MAX, JournalEntry};

/// The format that this version writes. 1 had no tenants, bindings and documents; a store that has it is brought up to this one
/// when it is opened.
pub const FORMAT: u64 = 2;
/// The oldest format that this version understands.
pub(crate) const FIRST_FORMAT: u64 = 1;
/// The store's file in the state folder.
pub const STORE_FILE: &str = "state.redb";

/// What the store says of itself.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const META_FORMAT: &str = "format";
const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");

fn definition(table: Table) -> TableDefinition<'static, &'static str, &'static [u8]> {
    TableDefinition::new(table.as_str())
}

/// The store of a host, held until it is dropped.
#[derive(Debug)]
pub struct Store {
    folder: Folder,
    files: Files,
    // Dropped before the lock, so that the next holder finds it closed.
    opened: Mutex<Opened>,
    _lock: lock::Lock,
    #[cfg(debug_assertions)]
    fails: std::sync::atomic::AtomicBool,
}

/// The file, while it is open.
#[derive(Debug)]
struct Opened {
    /// Nothing after a write that failed, until the file can be opened again.
    database: Option<Database>,
    /// The number of the last change that was acknowledged.
    last: u64,
}

/// What a store holds, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Its format.
    pub format: u64,
    /// How many entries each table has.
    pub entries: Vec<(Table, u64)>,
    /// How many changes were ever made.
    pub changes: u64,
    /// How many bytes the store itself has.
    pub bytes: u64,
    /// How many files of each kind stand beside it, and their bytes.
    pub files: Vec<(Shelf, u64, u64)>,
}

/// An entry as it was found under its key, which may be damaged.
pub type Keyed<E> = (String, Result<E, StateError>);

impl Store {
    /// The folder that it stands in.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The files beside it.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Makes every change fail, or lets them succeed again, for tests. Release builds can't do it.
    #[cfg(debug_assertions)]
    #[doc(hidden)]
    pub fn fail_writes(&self, fails: bool) {
        self.fails.store(fails, std::sync::atomic::Ordering::SeqCst);
    }

    #[cfg(debug_assertions)]
    fn is_failing(&self) -> bool {
        self.fails.load(std::sync::atomic::Ordering::SeqCst)
    }

    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "only tests make writes fail")]
    fn is_failing(&self) -> bool {
        false
    }

    /// Makes a change. When this returns, it is on the disk with its entry in the journal, and survives a power cut.
    /// Returns the number of the entry.
    ///
    /// # Errors
    /// A text of it is too long, or it could not be written; nothing of it was made then.
    pub fn commit(&self, change: &Change) -> Result<u64, StateError> {
        change.check()?;
        if self.is_failing() {
            return Err(StateError::Write {
                detail: "a test wants it so".to_owned(),
            });
        }
        let mut opened = self.opened();
        let mut dropped = Vec::new();
        match write(self.database(&mut opened)?, change, &mut dropped) {
            Ok(sequence) => {
                opened.last = sequence;
                let named: Vec<FileName> = change.files().collect();
                self.files.exchange(&named, &dropped);
                Ok(sequence)
            }
            Err(error) => {
                opened.database = None;
                // It may be on the disk all the same: what it names must stay until that is known.
                self.files.hold();
                Err(StateError::Write {
                    detail: error.to_string(),
                })
            }
        }
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        // It is changed last, when nothing can panic any more.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, which is opened again where a write failed before. What failed was said not to count: a file that has it all
    /// the same is given to nobody.
    fn database<'a>(&self, opened: &'a mut Opened) -> Result<&'a Database, StateError> {
        if opened.database.is_none() {
            let database = open::open(&self.folder)?;
            let last = open::last(&database).map_err(|error| self.damaged(error.to_string()))?;
            if last != opened.last {
                return Err(StateError::Unsure {
                    folder: self.folder.path().to_owned(),
                });
            }
            opened.database = Some(database);
            self.files.release();
        }
        opened.database.as_ref().ok_or_else(|| StateError::Unsure {
            folder: self.folder.path().to_owned(),
        })
    }

    /// The entry under a key.
    ///
    /// # Errors
    /// It can't be read or understood.
    pub fn get<E: Entry>(&self, key: &str) -> Result<Option<E>, StateError> {
        let found = self.read(|transaction| {
            let table = transaction.open_table(definition(E::TABLE))?;
            let value = table.get(key)?;
            Ok(value.map(|value| value.value().to_vec()))
        })?;
        found.map(|value| understood(key, &value)).transpose()
    }

    /// All entries of a kind, by key.
    ///
    /// # Errors
    /// They can't be read, or one can't be understood.
    pub fn all<E: Entry>(&self) -> Result<Vec<E>, StateError> {
        let pairs = self.pairs(E::TABLE)?;
        pairs
            .iter()
            .map(|(key, value)| understood(key, value))
            .collect()
    }

    /// All entries of a kind, by key, also those that can't be understood.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn each<E: Entry>(&self) -> Result<Vec<Keyed<E>>, StateError> {
        let pairs = self.pairs(E::TABLE)?;
        let each = pairs.into_iter().map(|(key, value)| {
            let entry = understood(&key, &value);
            (key, entry)
        });
        Ok(each.collect())
    }

    /// The changes after this number, oldest first, at most `count`.
    ///
    /// # Errors
    /// They can't be read, or one can't be understood.
    pub fn journal(&self, after: u64, count: usize) -> Result<Vec<JournalEntry>, StateError> {
        let texts = self.read(|transaction| {
            let journal = transaction.open_table(JOURNAL)?;
            let range = journal.range(after.saturating_add(1)..)?;
            range
                .take(count)
                .map(|pair| pair.map(|(_, value)| value.value().to_vec()))
                .collect::<Result<Vec<_>, _>>()
                .map_err(redb::Error::from)
        })?;
        texts
            .iter()
            .map(|text| {
                serde_json::from_slice(text)
                    .map_err(|error| self.damaged(format!("journal: {error}")))
            })
            .collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Handles to the files may live longer, but the folder may be another process's by then.
        self.files.freeze();
    }
}

/// Writes a change, and notes the files that are no longer named by what it replaces.
fn write(
    database: &Database,
    change: &Change,
    dropped: &mut Vec<FileName>,
) -> Result<u64, redb::Error> {
    let transaction = database.begin_write()?;
    reached("begun");
    for step in &change.steps {
        let mut table = transaction.open_table(definition(step.table))?;
        let key = step.key.as_str();
        let old = match &step.value {
            Some(value) => table.insert(key, value.as_slice())?,
            None => table.remove(key)?,
        };
        // Of an entry that can't be understood nobody knows what it named: those files are left for the next start.
        let files = old.map(|old| step.table.files(key, old.value()));
        dropped.extend(files.and_then(Result::ok).into_iter().flatten());
    }
    reached("put");
    let mut sequence = last_change(&transaction)?.unwrap_or(0);
    if change.is_told {
        sequence = sequence.saturating_add(1);
        append(&transaction, &change.entry(sequence))?;
    }
    reached("journalled");
    transaction.commit()?;
    reached("committed");
    Ok(sequence)
}

#[cfg(not(any(test, feature = "kill-points")))]
fn reached(_point: &str) {}

/// Where a test stops this process, to be killed there.
#[cfg(test)]
fn reached(point: &str) {
    lictor_kill::reached("store", point);
}

/// The same for the tests of programs that are built on this crate.
#[cfg(all(feature = "kill-points", not(test)))]
fn reached(point: &str) {
    point::reached("store", point);
}

pub(crate) fn put(
    transaction: &WriteTransaction,
    table: Table,
    key: &str,
    value: &[u8],
) -> Result<(), redb::Error> {
    transaction
        .open_table(definition(table))?
        .insert(key, value)?;
    Ok(())
}

/// The number of the last change.
pub(crate) fn last_change(transaction: &WriteTransaction) -> Result<Option<u64>, redb::Error> {
    let journal = transaction.open_table(JOURNAL)?;
    let last = journal.last()?;
    Ok(last.map(|(sequence, _)| sequence.value()))
}

/// Writes a change into the journal, whose oldest entries give way.
pub(crate) fn append(
    transaction: &WriteTransaction,
    change: &JournalEntry,
) -> Result<(), redb::Error> {
    let text = serde_json::to_vec(change).expect("a journal entry is plain text");
    let mut journal = transaction.open_table(JOURNAL)?;
    journal.insert(change.sequence, text.as_slice())?;
    let gone = change.sequence.saturating_sub(JOURNAL_ENTRIES_MAX);
    journal.retain_in(..=gone, |_, _| false)?;
    Ok(())
}

fn understood<E: Entry>(key: &str, value: &[u8]) -> Result<E, StateError> {
    entry::decode(key, value).map_err(|detail| StateError::Entry {
        table: E::TABLE,
        key: key.to_owned(),
        detail,
    })
}
