//! The lines that a policy wrote for its people, bounded in bytes.

use std::fmt;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the author of the policy.
    Debug,
    /// Worth knowing.
    Info,
    /// Something looks wrong, the decision stands.
    Warn,
    /// Something is wrong.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        })
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// What it says, as the policy wrote it: it may hold anything, control characters too.
    pub message: String,
}

/// The lines of one evaluation. One without lines, as most are, is a word that is handed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    written: Option<Box<Written>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Written {
    lines: Vec<Line>,
    bytes: usize,
    dropped: u64,
}

/// What a line takes of the budget besides its text, so that empty lines are bounded too.
const LINE_OVERHEAD_BYTES: usize = 16;

impl Log {
    /// The lines that were kept, in order.
    pub fn lines(&self) -> &[Line] {
        self.written.as_ref().map_or(&[], |written| &written.lines)
    }

    /// How many lines were dropped because the log was full.
    pub fn dropped(&self) -> u64 {
        self.written.as_ref().map_or(0, |written| written.dropped)
    }

    /// Whether nothing was written at all.
    pub fn is_empty(&self) -> bool {
        self.written.is_none()
    }

    /// Puts the lines of another log behind its own.
    pub(crate) fn append(&mut self, other: Log) {
        let Some(mut other) = other.written else {
            return;
        };
        let written = self.written.get_or_insert_default();
        written.lines.append(&mut other.lines);
        written.bytes = written.bytes.saturating_add(other.bytes);
        written.dropped = written.dropped.saturating_add(other.dropped);
    }

    /// Keeps the line if it fits into `bytes_max` with those before it, else counts it as dropped.
    pub(crate) fn write(&mut self, level: Level, message: &str, bytes_max: usize) {
        let written = self.written.get_or_insert_default();
        let bytes = written
            .bytes
            .saturating_add(message.len())
            .saturating_add(LINE_OVERHEAD_BYTES);
        if bytes > bytes_max {
            written.dropped += 1;
            return;
        }
        written.bytes = bytes;
        written.lines.push(Line {
            level,
            message: message.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_dropped_and_counted() {
        let mut log = Log::default();
        for _ in 0..10 {
            log.write(Level::Info, "0123456789012345", 64);
        }
        assert_eq!((log.lines().len(), log.dropped()), (2, 8));
        log.write(Level::Info, "", 80);
        assert_eq!((log.lines().len(), log.dropped()), (3, 8));
    }
}
