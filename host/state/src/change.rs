//! A change: what is put and taken away together, with who makes it and why.

use crate::entry::{self, Entry, Table};
use crate::error::StateError;
use crate::files::FileName;
use crate::journal::{Edit, JournalEntry, TEXT_BYTES_MAX};

/// A change that is to be made: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Change {
    pub(crate) at_ms: u64,
    pub(crate) by: String,
    pub(crate) what: String,
    pub(crate) why: Option<String>,
    pub(crate) steps: Vec<Step>,
    /// Whether the journal tells it.
    pub(crate) is_told: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) table: Table,
    pub(crate) key: String,
    /// Nothing where the entry is taken away.
    pub(crate) value: Option<Vec<u8>>,
    /// The files that it names.
    pub(crate) files: Vec<FileName>,
}

impl Step {
    pub(crate) fn edit(&self) -> Edit {
        Edit {
            table: self.table,
            key: self.key.clone(),
            removed: self.value.is_none(),
        }
    }
}

impl Change {
    /// A change of nothing yet: when in milliseconds since 1970, by whom, and what it is in words.
    pub fn new(at_ms: u64, by: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            at_ms,
            by: by.into(),
            what: what.into(),
            why: None,
            steps: Vec::new(),
            is_told: true,
        }
    }

    /// Says in words what it is, where that is known only when it is complete.
    #[must_use]
    pub fn described(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    /// What the host notes for itself from time to time: as durable as any change, but the journal doesn't tell it, since nobody
    /// has decided anything.
    pub fn note(at_ms: u64) -> Self {
        Self {
            is_told: false,
            ..Self::new(at_ms, "host", "note")
        }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, why: Option<String>) -> Self {
        self.why = why;
        self
    }

    /// Puts an entry, in the place of one with the same key.
    #[must_use]
    pub fn put<E: Entry>(mut self, entry: &E) -> Self {
        self.steps.push(Step {
            table: E::TABLE,
            key: entry.key(),
            value: Some(entry::encode(entry)),
            files: entry.files(),
        });
        self
    }

    /// Takes an entry away. One that isn't there is no error.
    #[must_use]
    pub fn remove<E: Entry>(mut self, key: impl Into<String>) -> Self {
        self.steps.push(Step {
            table: E::TABLE,
            key: key.into(),
            value: None,
            files: Vec::new(),
        });
        self
    }

    /// The files that its entries name.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileName> + '_ {
        self.steps
            .iter()
            .flat_map(|step| step.files.iter().copied())
    }

    /// How the journal tells it.
    pub(crate) fn entry(&self, sequence: u64) -> JournalEntry {
        JournalEntry {
            sequence,
            at_ms: self.at_ms,
            by: self.by.clone(),
            what: self.what.clone(),
            why: self.why.clone(),
            edits: self.steps.iter().map(Step::edit).collect(),
        }
    }

    /// Whether its texts are ones that a journal takes: at most 1,024 bytes each, without control characters.
    ///
    /// # Errors
    /// One isn't.
    pub fn check(&self) -> Result<(), StateError> {
        check_text("the name of who makes a change", &self.by)?;
        check_text("the description of a change", &self.what)?;
        check_text("the reason of a change", self.why.as_deref().unwrap_or(""))
    }
}

fn check_text(what: &'static str, text: &str) -> Result<(), StateError> {
    if text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let max = TEXT_BYTES_MAX;
    Err(StateError::Text { what, max })
}
