//! What a host must remember over a restart: one store in the state folder, opened by one process.
//!
//! [`Store`] keeps it, with what is large as [`Files`] beside it; [`Trust`] says whom the host trusts, and which versions it
//! has seen.
//!
//! A change is written here, with who made it and why, and is on the disk before it takes effect. This crate alone knows how
//! the store is laid out. Must never know how a decision is made, and never read a clock: times come as parameters.

mod change;
mod entry;
mod error;
mod export;
mod files;
mod folder;
mod import;
mod journal;
mod store;
mod trust;

pub use change::Change;
pub use entry::{
    Entry, HighestVersion, InstalledKeyring, KeptBinding, KeptDocument, KeptRollout,
    KeptSuspension, KeptSwap, KeptTally, KeptText, KeptToken, KeptUptime, KeptVersion, KnownTenant,
    SuspensionKey, SuspensionTarget, SwappedBinding, SwappedDocument, Table, TrustedTime,
    UsedRollback,
};
pub use error::StateError;
pub use export::EXPORT_FORMAT;
pub use files::{FileName, Files, KeptFile, Shelf};
pub use folder::Folder;
pub use import::import;
pub use journal::{Edit, JOURNAL_ENTRIES_MAX, JournalEntry, TEXT_BYTES_MAX};
pub use store::{FORMAT, Keyed, STORE_FILE, Store, Summary};
pub use trust::{Arrival, Candidate, Now, POLICIES_SEEN_MAX, Trust, TrustError, Verification};
