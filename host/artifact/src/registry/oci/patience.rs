//! Trying again: how often, and after which pause.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::settings::Patience;
use crate::registry::error::RegistryError;

/// Why one try came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may work another time.
    Passing {
        /// What happened.
        reason: String,
        /// How long the registry asks to wait.
        pause: Option<Duration>,
    },
    /// It would fail again.
    Lasting(RegistryError),
}

impl Failure {
    pub fn passing(reason: impl Into<String>) -> Self {
        Self::Passing {
            reason: reason.into(),
            pause: None,
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        Self::Lasting(error)
    }
}

/// A row of pseudo-random numbers (SplitMix64), so that hosts which failed together don't come back together.
#[derive(Debug)]
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The tries of one piece of work.
pub(super) struct Tries<'a> {
    registry: &'a str,
    patience: &'a Patience,
    jitter: &'a Jitter,
    failed: u32,
}

impl<'a> Tries<'a> {
    pub fn new(registry: &'a str, patience: &'a Patience, jitter: &'a Jitter) -> Self {
        Self {
            registry,
            patience,
            jitter,
            failed: 0,
        }
    }

    /// Something has been achieved, so the count begins again.
    pub fn progressed(&mut self) {
        self.failed = 0;
    }

    /// Pauses before the next try, or gives up: for good reason, or after as many tries as there may be.
    pub async fn pause(&mut self, failure: Failure) -> Result<(), RegistryError> {
        let (reason, wanted) = match failure {
            Failure::Lasting(error) => return Err(error),
            Failure::Passing { reason, pause } => (reason, pause),
        };
        self.failed += 1;
        if self.failed >= self.patience.tries_max {
            return Err(RegistryError::Unreachable {
                registry: self.registry.to_owned(),
                reason,
            });
        }
        tokio::time::sleep(self.length(wanted)).await;
        Ok(())
    }

    fn length(&self, wanted: Option<Duration>) -> Duration {
        let doublings = self.failed.saturating_sub(1).min(32);
        let grown = self.patience.pause_ms.saturating_mul(1 << doublings);
        let wanted_ms = wanted.map_or(0, |pause| {
            u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
        });
        let most = grown.max(wanted_ms).min(self.patience.pause_ms_max);
        let least = most / 2;
        Duration::from_millis(least + self.jitter.next() % (most - least + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_bounds_and_differ() {
        let patience = Patience {
            pause_ms: 100,
            pause_ms_max: 1_000,
            ..Patience::default()
        };
        let jitter = Jitter::new(1);
        let mut tries = Tries::new("r", &patience, &jitter);
        let mut lengths = std::collections::BTreeSet::new();
        for (failed, most) in [
            (1, 100),
            (2, 200),
            (3, 400),
            (4, 800),
            (5, 1_000),
            (80, 1_000),
        ] {
            tries.failed = failed;
            for _ in 0..100 {
                let length = tries.length(None).as_millis();
                assert!((most / 2..=most).contains(&length), "{failed}: {length}");
                lengths.insert(length);
            }
        }
        assert!(lengths.len() > 100);
        // A registry may ask for more, but not for more than the most.
        tries.failed = 1;
        assert!(tries.length(Some(Duration::from_millis(700))).as_millis() >= 350);
        assert!(tries.length(Some(Duration::from_secs(3_600))).as_millis() <= 1_000);
    }

    #[tokio::test]
    async fn tries_end() {
        let patience = Patience {
            pause_ms: 0,
            tries_max: 3,
            ..Patience::default()
        };
        let jitter = Jitter::new(0);
        let mut tries = Tries::new("r", &patience, &jitter);
        for _ in 0..2 {
            tries.pause(Failure::passing("down")).await.unwrap();
        }
        tries.progressed();
        for _ in 0..2 {
            tries.pause(Failure::passing("down")).await.unwrap();
        }
        let error = tries.pause(Failure::passing("down")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Unreachable { .. }));
        let error = tries
            .pause(Failure::Lasting(RegistryError::Empty))
            .await
            .unwrap_err();
        assert!(matches!(error, RegistryError::Empty));
    }
}
