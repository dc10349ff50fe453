//! How evaluations ended lately: what was counted in this half of a window and in the one before.

use std::time::Duration;

use super::settings::BreakerSettings;

/// How many evaluations ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) decided: u64,
    pub(super) faulted: u64,
}

impl Tally {
    /// Whether the success rate is too low, where there are enough evaluations to say so.
    pub(super) fn is_low(self, settings: &BreakerSettings) -> bool {
        let all = self.decided.saturating_add(self.faulted);
        let enough = all >= u64::from(settings.evaluations_min);
        let wanted = all.saturating_mul(settings.success_percent.into());
        enough && self.decided.saturating_mul(100) < wanted
    }

    pub(super) fn without(self, part: Tally) -> Tally {
        Tally {
            decided: self.decided.saturating_sub(part.decided),
            faulted: self.faulted.saturating_sub(part.faulted),
        }
    }
}

/// Two halves of a window. All windows turn at the same moments, so that a part never holds what the whole has forgotten.
#[derive(Debug, Default)]
pub(super) struct Window {
    half: u128,
    current: Tally,
    before: Tally,
}

impl Window {
    pub(super) fn add_decided(&mut self, now: Duration, settings: &BreakerSettings) {
        self.turn(now, settings);
        self.current.decided += 1;
    }

    pub(super) fn add_faulted(&mut self, now: Duration, settings: &BreakerSettings) {
        self.turn(now, settings);
        self.current.faulted += 1;
    }

    pub(super) fn tally(&mut self, now: Duration, settings: &BreakerSettings) -> Tally {
        self.turn(now, settings);
        Tally {
            decided: self.current.decided + self.before.decided,
            faulted: self.current.faulted + self.before.faulted,
        }
    }

    fn turn(&mut self, now: Duration, settings: &BreakerSettings) {
        let half = now.as_nanos() / (settings.window.as_nanos() / 2).max(1);
        self.before = match half.saturating_sub(self.half) {
            0 => return,
            1 => self.current,
            _ => Tally::default(),
        };
        self.current = Tally::default();
        self.half = half;
    }
}
