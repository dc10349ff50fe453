//! How long evaluations of a binding take: a moving average, by which work is told to be slow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::bucket::nanoseconds;

/// Of what was, one part in this many gives way to what is.
const MEMORY: u64 = 8;

/// A moving average of times.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    nanoseconds: AtomicU64,
}

impl Pace {
    /// Takes a time in. Two threads at once may lose one of theirs, which an average can bear.
    pub(crate) fn note(&self, time: Duration) {
        let time = nanoseconds(time).max(1);
        let before = self.nanoseconds.load(Ordering::Relaxed);
        let after = match before {
            0 => time,
            before => before - before / MEMORY + time / MEMORY,
        };
        self.nanoseconds.store(after, Ordering::Relaxed);
    }

    /// What an evaluation is expected to take; nothing is known before the first.
    pub(crate) fn expected(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_follows_what_it_is_told() {
        let pace = Pace::default();
        assert_eq!(pace.expected(), Duration::ZERO);
        pace.note(Duration::from_millis(50));
        assert_eq!(pace.expected(), Duration::from_millis(50));
        (0..40).for_each(|_| pace.note(Duration::from_micros(20)));
        assert!(pace.expected() < Duration::from_millis(1));
        // One that took long makes a binding no slow one.
        let expected = pace.expected();
        pace.note(Duration::from_millis(50));
        assert!(pace.expected() < expected + Duration::from_millis(7));
    }
}
