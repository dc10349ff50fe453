//! When calls of one priority have waited so long that some are refused.
//!
//! This is controlled delay (CoDel: Nichols and Jacobson, "Controlling queue delay", ACM Queue 2012; RFC 8289) as servers use it
//! for calls (Maurer, "Fail at scale", ACM Queue 2015): a queue that was never short for a whole interval is a standing one, which
//! makes every call late and none faster. Then the oldest are refused until those are served that are still in time, which is
//! what serving the newest first (adaptive LIFO) is for as well, without turning the order round. A burst that is over within the interval loses
//! nothing.

use std::time::Duration;

use lictor_policy::Priority;

/// For how long calls may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// By priority, the lowest first; nothing where it doesn't matter how long.
    pub(super) targets: [Option<Duration>; 4],
    pub(super) interval: Duration,
}

impl Patience {
    /// Calls wait for as long as it takes.
    pub(super) const ENDLESS: Self = Self {
        targets: [None; 4],
        interval: Duration::MAX,
    };

    /// The same where everything takes so many times as long.
    pub(super) fn times(self, factor: u32) -> Self {
        Self {
            targets: self
                .targets
                .map(|it| it.map(|it| it.saturating_mul(factor))),
            interval: self.interval,
        }
    }

    pub(super) fn target(&self, priority: Priority) -> Option<Duration> {
        self.targets.get(priority as usize).copied().flatten()
    }
}

/// How long the oldest call of a queue has waited lately.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delay {
    /// When the interval that runs is over.
    ends: Duration,
    /// The shortest wait in it.
    least: Option<Duration>,
    is_standing: bool,
}

impl Delay {
    /// Notes for how long the oldest call has waited, and says whether it is refused.
    pub(super) fn sheds(
        &mut self,
        waited: Duration,
        now: Duration,
        target: Duration,
        interval: Duration,
    ) -> bool {
        if now >= self.ends {
            self.is_standing = self.least.is_some_and(|least| least > target);
            self.least = None;
            self.ends = now.saturating_add(interval);
        }
        let least = self.least.unwrap_or(Duration::MAX);
        self.least = Some(least.min(waited));
        // Short once is short enough.
        self.is_standing &= waited > target;
        self.is_standing && waited > target.saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Duration = Duration::from_millis(5);
    const INTERVAL: Duration = Duration::from_millis(100);

    fn sheds(delay: &mut Delay, now_ms: u64, waited_ms: u64) -> bool {
        let [now, waited] = [now_ms, waited_ms].map(Duration::from_millis);
        delay.sheds(waited, now, TARGET, INTERVAL)
    }

    #[test]
    fn a_burst_loses_nothing() {
        let mut delay = Delay::default();
        // It drains within an interval, and is short at its end.
        assert!((0..10).all(|step| !sheds(&mut delay, step * 10, 90 - step * 10)));
        assert!(!sheds(&mut delay, 100, 0));
        assert!(!sheds(&mut delay, 150, 40));
    }

    #[test]
    fn a_standing_queue_is_cut_back_to_what_is_in_time() {
        let mut delay = Delay::default();
        assert!((0..10).all(|step| !sheds(&mut delay, step * 10, 50)));
        assert!(sheds(&mut delay, 100, 50));
        assert!(sheds(&mut delay, 101, 11));
        assert!(!sheds(&mut delay, 102, 10));
        // It goes on for as long as it stands.
        assert!(sheds(&mut delay, 201, 11));
        // Once it was short, it begins anew.
        assert!(!sheds(&mut delay, 250, 5));
        assert!(!sheds(&mut delay, 251, 50));
        assert!(!sheds(&mut delay, 302, 50));
    }
}
