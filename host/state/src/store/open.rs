//! Opening a store, making a new one, and refusing one that can't be trusted.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use std::sync::Mutex;

use redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError};

use super::lock::Lock;
use super::{
    FIRST_FORMAT, FORMAT, JOURNAL, META, META_FORMAT, Opened, STORE_FILE, Store, definition,
    reached,
};
use crate::entry::Table;
use crate::error::StateError;
use crate::files::Files;
use crate::folder::{self, Folder};

/// A store that is being made, until it is whole.
const NEW_FILE: &str = "state.redb.new";
/// All permissions of others: the store holds who is trusted.
const OTHERS: u32 = 0o077;
/// Memory for pages. A store is read once at start, and then written a little.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

impl Store {
    /// Opens the store in a folder, and makes an empty one where there is none. Reads the whole file to check its sums.
    ///
    /// # Errors
    /// The folder can't be used or is open to others, another process holds the store, it is damaged, or a newer version wrote it.
    pub fn open_or_create(folder: &Path) -> Result<Self, StateError> {
        let folder = Folder::open_or_create(folder)?;
        let lock = Lock::take(&folder)?;
        if !present(&folder)? {
            make(&folder, |_| Ok(()))?;
        }
        Self::held(folder, lock)
    }

    /// Opens the store in a folder. Reads the whole file to check its sums.
    ///
    /// # Errors
    /// As for [`Store::open_or_create`], or there is none.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let folder = Folder::open(folder)?;
        let lock = Lock::take(&folder)?;
        if !present(&folder)? {
            return Err(StateError::Absent {
                folder: folder.path().to_owned(),
            });
        }
        Self::held(folder, lock)
    }

    /// Makes a store from what `fill` writes into it. It comes to be as a whole or not at all.
    pub(crate) fn make(
        folder: &Path,
        fill: impl FnOnce(&redb::WriteTransaction, &Files) -> Result<(), StateError>,
    ) -> Result<Self, StateError> {
        let folder = Folder::open_or_create(folder)?;
        let lock = Lock::take(&folder)?;
        if present(&folder)? {
            return Err(StateError::Present {
                folder: folder.path().to_owned(),
            });
        }
        let files = Files::open(&folder)?;
        make(&folder, |transaction| fill(transaction, &files))?;
        Self::held(folder, lock)
    }

    fn held(folder: Folder, lock: Lock) -> Result<Self, StateError> {
        let database = open(&folder)?;
        let last = last(&database).unwrap_or(0);
        let files = Files::open(&folder)?;
        let store = Self {
            folder,
            files,
            opened: Mutex::new(Opened {
                database: Some(database),
                last,
            }),
            _lock: lock,
            #[cfg(debug_assertions)]
            fails: std::sync::atomic::AtomicBool::new(false),
        };
        store.check_format()?;
        store.count_files()?;
        store.files.sweep();
        Ok(store)
    }

    /// Tells the files what names them.
    fn count_files(&self) -> Result<(), StateError> {
        for table in Table::ALL {
            for (key, value) in self.pairs(table)? {
                match table.files(&key, &value) {
                    Ok(names) => self.files.count(names),
                    // Nobody knows what it names. Whoever reads it is told what is wrong with it.
                    Err(_) => self.files.freeze(),
                }
            }
        }
        Ok(())
    }

    fn check_format(&self) -> Result<(), StateError> {
        let found = self.read(|transaction| {
            let meta = transaction.open_table(META)?;
            Ok(meta.get(META_FORMAT)?.map(|format| format.value()))
        })?;
        let folder = || self.folder.path().to_owned();
        match found {
            Some(FORMAT) => Ok(()),
            Some(FIRST_FORMAT..FORMAT) => self.upgrade(),
            Some(found) if found > FORMAT => Err(StateError::Newer {
                folder: folder(),
                found,
                known: FORMAT,
            }),
            _ => Err(self.damaged("it doesn't say which format it has".to_owned())),
        }
    }

    /// Brings a store of an older format up to this one. So far formats have only gained tables.
    fn upgrade(&self) -> Result<(), StateError> {
        let mut opened = self.opened();
        let database = self.database(&mut opened)?;
        let all = || -> Result<(), redb::Error> {
            let transaction = database.begin_write()?;
            lay_out(&transaction)?;
            Ok(transaction.commit()?)
        };
        all().map_err(|error| StateError::Write {
            detail: error.to_string(),
        })
    }
}

/// Opens the file of a folder. Called with the lock held.
pub(super) fn open(folder: &Folder) -> Result<Database, StateError> {
    let file = folder.path().join(STORE_FILE);
    let found = fs::metadata(&file).map_err(|source| StateError::Folder {
        folder: folder.path().to_owned(),
        source,
    })?;
    folder::belongs_to_this_user(&file, &found, OTHERS)?;
    let opened = guarded(folder, || open_file(&file))?;
    opened.map_err(|error| refused(folder, error))
}

#[cfg(not(test))]
fn open_file(file: &Path) -> Result<Database, DatabaseError> {
    builder().open(file)
}

#[cfg(not(test))]
fn create_file(file: &Path) -> Result<Database, DatabaseError> {
    builder().create(file)
}

#[cfg(test)]
use super::backend::{create_file, open_file};

/// The number of the last change in a file.
pub(super) fn last(database: &Database) -> Result<u64, redb::Error> {
    let journal = database.begin_read()?.open_table(JOURNAL)?;
    let last = journal.last()?;
    Ok(last.map_or(0, |(sequence, _)| sequence.value()))
}

pub(super) fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true);
    builder
}

/// Whether the folder has a store. Called with the lock held.
fn present(folder: &Folder) -> Result<bool, StateError> {
    let file = folder.path().join(STORE_FILE);
    file.try_exists().map_err(|source| StateError::Folder {
        folder: folder.path().to_owned(),
        source,
    })
}

/// Makes a store beside where it belongs and moves it there when it is whole. Called with the lock held.
fn make(
    folder: &Folder,
    fill: impl FnOnce(&redb::WriteTransaction) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let unusable = |source: std::io::Error| StateError::Folder {
        folder: folder.path().to_owned(),
        source,
    };
    let new = folder.path().join(NEW_FILE);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(error)),
        _ => {}
    }
    // An empty file becomes a store; made here, so that nobody else can read or write it at any time.
    let empty = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new);
    drop(empty.map_err(unusable)?);
    reached("emptied");
    write_new(&new, fill)?;
    reached("filled");
    fs::rename(&new, folder.path().join(STORE_FILE)).map_err(unusable)?;
    reached("renamed");
    folder.sync()
}

fn write_new(
    file: &Path,
    fill: impl FnOnce(&redb::WriteTransaction) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let unwritten = |error: redb::Error| StateError::Write {
        detail: error.to_string(),
    };
    let database = create_file(file).map_err(|error| unwritten(error.into()))?;
    let transaction = database
        .begin_write()
        .map_err(|error| unwritten(error.into()))?;
    lay_out(&transaction).map_err(unwritten)?;
    fill(&transaction)?;
    transaction
        .commit()
        .map_err(|error| unwritten(error.into()))?;
    database.close().map_err(|error| unwritten(error.into()))
}

/// Makes the tables that aren't there yet, and says which format it has.
fn lay_out(transaction: &redb::WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(META)?.insert(META_FORMAT, FORMAT)?;
    for table in Table::ALL {
        transaction.open_table(definition(table))?;
    }
    transaction.open_table(JOURNAL)?;
    Ok(())
}

/// Runs what reads a file that may be damaged: redb's own checks panic on some damage where debug assertions are on.
fn guarded<T>(folder: &Folder, open: impl FnOnce() -> T) -> Result<T, StateError> {
    panic::catch_unwind(AssertUnwindSafe(open)).map_err(|_| StateError::Damaged {
        folder: folder.path().to_owned(),
        detail: "it can't be read".to_owned(),
    })
}

fn refused(folder: &Folder, error: DatabaseError) -> StateError {
    let folder = folder.path().to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen => StateError::Held {
            folder,
            holder: None,
        },
        DatabaseError::Storage(StorageError::Io(source))
            if source.kind() != ErrorKind::InvalidData =>
        {
            StateError::Folder { folder, source }
        }
        other => StateError::Damaged {
            folder,
            detail: other.to_string(),
        },
    }
}
