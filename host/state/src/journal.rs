//! The journal: every change, who made it, when and why.

use serde::{Deserialize, Serialize};

use crate::entry::Table;

/// How many entries the journal keeps; older ones go as new ones come. A change takes some 300 bytes.
pub const JOURNAL_ENTRIES_MAX: u64 = 65_536;
/// The most bytes of a name, a description or a reason.
pub const TEXT_BYTES_MAX: usize = 1024;

/// One change that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// Its number, counted from 1 without gaps.
    pub sequence: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who.
    pub by: String,
    /// What was done, in words.
    pub what: String,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it changed.
    pub edits: Vec<Edit>,
}

/// One thing that a change put or took away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Where it stands.
    pub table: Table,
    /// Its name.
    pub key: String,
    /// Whether it was taken away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}
