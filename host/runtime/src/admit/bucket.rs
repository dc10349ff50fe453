//! One bucket of tokens: how much of a rate is used up.
//!
//! It is kept as one number (the generic cell rate algorithm of ATM, ITU-T I.371): the time at which the bucket would be full
//! again. A bucket that is full says nothing any more, and can be forgotten.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::rate::Rate;

/// A rate in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pour {
    interval: u64,
    /// How far a bucket that is empty is from full.
    depth: u64,
}

impl Pour {
    pub(super) fn of(rate: Rate) -> Self {
        let interval = nanoseconds(rate.interval());
        Self {
            interval,
            depth: interval.saturating_mul(rate.at_once().into()),
        }
    }

    /// When a bucket will be full from which so many tokens are taken now.
    ///
    /// # Errors
    /// It has too few; how long it takes until it hasn't.
    pub(super) fn take(self, full_at: u64, now: u64, tokens: u64) -> Result<u64, Duration> {
        // What a slower rate left behind is no emptier than empty.
        let full_at = full_at.clamp(now, now.saturating_add(self.depth));
        let next = full_at.saturating_add(self.cost(tokens));
        let over = next.saturating_sub(now).saturating_sub(self.depth);
        if over == 0 {
            Ok(next)
        } else {
            Err(Duration::from_nanos(over))
        }
    }

    pub(super) fn cost(self, tokens: u64) -> u64 {
        self.interval.saturating_mul(tokens)
    }
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A bucket that threads share.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    full_at: AtomicU64,
}

impl Bucket {
    /// Takes tokens.
    ///
    /// # Errors
    /// There are too few; nothing was taken.
    pub(super) fn take(&self, pour: Pour, now: u64, tokens: u64) -> Result<(), Duration> {
        let mut wait = Duration::ZERO;
        let taken = self
            .full_at
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |full_at| {
                pour.take(full_at, now, tokens)
                    .inspect_err(|needed| wait = *needed)
                    .ok()
            });
        taken.map(drop).map_err(|_| wait)
    }

    /// Gives back what was just taken.
    pub(super) fn give_back(&self, pour: Pour, tokens: u64) {
        let _ = self
            .full_at
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |full_at| {
                Some(full_at.saturating_sub(pour.cost(tokens)))
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn pour(rate: &str) -> Pour {
        Pour::of(rate.parse().unwrap())
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let (bucket, pour) = (Bucket::default(), pour("2/s,5"));
        for _ in 0..5 {
            assert_eq!(bucket.take(pour, 0, 1), Ok(()));
        }
        assert_eq!(bucket.take(pour, 0, 1), Err(Duration::from_millis(500)));
        assert_eq!(bucket.take(pour, SECOND / 2, 1), Ok(()));
        assert!(bucket.take(pour, SECOND / 2, 1).is_err());
        // However long it was quiet, no more than the burst.
        assert_eq!(bucket.take(pour, 1_000 * SECOND, 5), Ok(()));
        assert!(bucket.take(pour, 1_000 * SECOND, 1).is_err());
    }

    #[test]
    fn what_is_refused_takes_nothing_and_what_is_given_back_is_there_again() {
        let (bucket, pour) = (Bucket::default(), pour("1/s,3"));
        assert!(bucket.take(pour, 0, 4).is_err());
        assert_eq!(bucket.take(pour, 0, 3), Ok(()));
        bucket.give_back(pour, 3);
        assert_eq!(bucket.take(pour, 0, 3), Ok(()));
    }

    #[test]
    fn a_faster_rate_counts_at_once() {
        let bucket = Bucket::default();
        assert_eq!(bucket.take(pour("1/h,5"), 0, 5), Ok(()));
        assert_eq!(
            bucket.take(pour("10/s"), 0, 1),
            Err(Duration::from_millis(100))
        );
    }

    #[test]
    fn threads_together_get_no_more_than_there_is() {
        let (bucket, pour) = (Bucket::default(), pour("1/h,1000"));
        let taken: usize = std::thread::scope(|scope| {
            let take = || {
                (0..1_000)
                    .filter(|_| bucket.take(pour, 0, 1).is_ok())
                    .count()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert_eq!(taken, 1_000);
    }
}
