//! What names one decision in records, logs and answers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Serialize, Serializer};

/// Names one decision: 16 bytes, written as 32 hexadecimal digits.
///
/// The first half names the running host, the second counts its decisions, so that no two decisions share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId {
    host: u64,
    number: u64,
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.host, self.number)
    }
}

impl Serialize for DecisionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Hands out decision ids.
#[derive(Debug)]
pub(crate) struct DecisionIds {
    host: u64,
    next: AtomicU64,
}

impl DecisionIds {
    pub(crate) fn new(host: u64) -> Self {
        Self {
            host,
            next: AtomicU64::new(1),
        }
    }

    pub(crate) fn next(&self) -> DecisionId {
        DecisionId {
            host: self.host,
            number: self.next.fetch_add(1, Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_up_behind_the_hosts_own_half() {
        let ids = DecisionIds::new(0xabc);
        assert_eq!(ids.next().to_string(), "0000000000000abc0000000000000001");
        assert_eq!(ids.next().to_string(), "0000000000000abc0000000000000002");
    }
}
