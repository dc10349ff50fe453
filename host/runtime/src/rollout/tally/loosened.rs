//! The subjects that the candidate is less strict to, each once. Must never be a sample: a limit of ten means ten.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::packed;

/// So many are counted exactly. Beyond, it is only known that there are more.
pub(crate) const LOOSENED_SUBJECTS_MAX: u64 = 10_000;

/// The subjects that were loosened for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct LoosenedSubjects {
    subjects: BTreeSet<u64>,
    more: bool,
}

impl LoosenedSubjects {
    /// How many there are: up to [`LOOSENED_SUBJECTS_MAX`] exactly, and one more than that for any greater number.
    pub(crate) fn count(&self) -> u64 {
        self.subjects.len() as u64 + u64::from(self.more)
    }

    /// Whether the count is only known to be at least that.
    #[cfg(test)]
    pub(crate) fn is_beyond(&self) -> bool {
        self.more
    }

    pub(super) fn note(&mut self, subject: u64) {
        if (self.subjects.len() as u64) < LOOSENED_SUBJECTS_MAX {
            self.subjects.insert(subject);
        } else if !self.subjects.contains(&subject) {
            self.more = true;
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    subjects: String,
    #[serde(default)]
    more: bool,
}

impl From<LoosenedSubjects> for Stored {
    fn from(loosened: LoosenedSubjects) -> Self {
        Self {
            subjects: packed::write(
                loosened
                    .subjects
                    .iter()
                    .map(|subject| subject.to_be_bytes()),
            ),
            more: loosened.more,
        }
    }
}

impl TryFrom<Stored> for LoosenedSubjects {
    type Error = packed::PackedError;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let subjects = packed::read(&stored.subjects, LOOSENED_SUBJECTS_MAX as usize)?;
        Ok(Self {
            subjects: subjects.into_iter().map(u64::from_be_bytes).collect(),
            more: stored.more,
        })
    }
}
