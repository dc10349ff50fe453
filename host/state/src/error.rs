//! Why the state can't be opened, read or changed.

use std::io;
use std::path::PathBuf;

use crate::entry::Table;
use crate::files::{FileName, Shelf};

/// The state can't be opened, read or changed. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder can't be made, read or written.
    #[error("the state folder `{folder}` can't be used: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is something of that name that is no folder.
    #[error("`{folder}` is no folder")]
    NotAFolder {
        /// The path.
        folder: PathBuf,
    },
    /// Others may change what is in the folder.
    #[error(
        "`{folder}` can be read or changed by others (mode {mode:04o})\nhint: `chmod go= {folder}`"
    )]
    OpenToOthers {
        /// The folder.
        folder: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to another user, who could change it.
    #[error("`{path}` belongs to another user than this process acts as")]
    OfAnother {
        /// The folder or file.
        path: PathBuf,
    },
    /// There is no store where one must be.
    #[error("there is no state in `{folder}`")]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// There is a store where none may be.
    #[error("there is a state in `{folder}` already")]
    Present {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process has the store open.
    #[error("the state in `{folder}` is held by {}, most likely a running host", process(.holder))]
    Held {
        /// The folder.
        folder: PathBuf,
        /// The number of the process, where it left one.
        holder: Option<u32>,
    },
    /// The store was written by a newer version.
    #[error(
        "the state in `{folder}` has format {found}, and this version knows formats up to {known}\nhint: run the version that wrote it, or one after that"
    )]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// The format that was found.
        found: u64,
        /// The newest format that is known here.
        known: u64,
    },
    /// What is in the store is not what was written.
    #[error(
        "the state in `{folder}` is damaged: {detail}\nhint: restore the folder from a copy, or `lictor state import` an export into an empty one"
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// One thing that was kept can't be understood.
    #[error("`{key}` in `{table}` is damaged: {detail}")]
    Entry {
        /// Where it stands.
        table: Table,
        /// Its name.
        key: String,
        /// What is wrong.
        detail: String,
    },
    /// A file beside the store is not what it must be.
    #[error("the file `{file}` in the state folder is damaged: {detail}")]
    File {
        /// Its name in the state folder.
        file: FileName,
        /// What is wrong.
        detail: String,
    },
    /// A file beside the store could not be written.
    #[error("a file of the {shelf} could not be written, so nothing was changed: {detail}")]
    WriteFile {
        /// What kind of thing it is.
        shelf: Shelf,
        /// What the system says.
        detail: String,
    },
    /// A name, reason or description is too long or has control characters.
    #[error("{what} must be at most {max} bytes without control characters")]
    Text {
        /// Which one.
        what: &'static str,
        /// The most bytes.
        max: usize,
    },
    /// The change could not be written.
    #[error(
        "the change could not be written and does not count: {detail}\nhint: make it again once there is room"
    )]
    Write {
        /// What is wrong.
        detail: String,
    },
    /// A change that failed, and was said not to count, is in the store all the same.
    #[error(
        "the state in `{folder}` has a change that failed and was said not to count\nhint: start the process again: it reads what the state holds"
    )]
    Unsure {
        /// The folder.
        folder: PathBuf,
    },
    /// An export can't be read.
    #[error("line {line} of the export is refused: {detail}")]
    Import {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// An export can't be written or read.
    #[error("the export could not be moved: {0}")]
    Transfer(#[from] io::Error),
}

fn process(holder: &Option<u32>) -> String {
    match holder {
        Some(number) => format!("process {number}"),
        None => "another process".to_owned(),
    }
}
