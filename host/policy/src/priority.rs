//! How much a call matters to whoever sends it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much a call matters, in rising order. Where a host has more to do than it can, the low ones are refused first.
///
/// It says nothing about other tenants' calls: a tenant that calls everything critical has no larger share of a host.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// It can wait or be done again: a nightly job, a search through many candidates.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Somebody waits for it.
    High,
    /// It is never refused for having waited long; only bounds refuse it.
    Critical,
}

impl Priority {
    /// All of them, the lowest first.
    pub const ALL: [Priority; 4] = [
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Critical,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Critical => "critical",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no priority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no priority: it is `low`, `normal`, `high` or `critical`")]
pub struct PriorityError(String);

impl FromStr for Priority {
    type Err = PriorityError;

    fn from_str(text: &str) -> Result<Self, PriorityError> {
        let known = Self::ALL.into_iter().find(|it| it.as_str() == text);
        known.ok_or_else(|| PriorityError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_is_written_as_it_is_read() {
        assert!(Priority::ALL.is_sorted());
        for priority in Priority::ALL {
            assert_eq!(priority.to_string().parse(), Ok(priority));
        }
        assert!("urgent".parse::<Priority>().is_err());
        assert_eq!(Priority::default(), Priority::Normal);
    }
}
