//! When the next request is due, at so many a second.

use std::time::Duration;

/// One that is later than this is late for good: what was missed isn't made up for in a burst.
const LATE_MAX: Duration = Duration::from_secs(1);

/// An even pace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    between: Duration,
    due: Duration,
}

impl Pace {
    /// So many a second from now on.
    pub(super) fn new(per_second: f64, now: Duration) -> Self {
        Self {
            between: Duration::from_secs_f64(1.0 / per_second),
            due: now,
        }
    }

    /// How long to wait for the next one.
    pub(super) fn next(&mut self, now: Duration) -> Duration {
        if now.saturating_sub(self.due) > LATE_MAX {
            self.due = now;
        }
        let wait = self.due.saturating_sub(now);
        self.due = self.due.saturating_add(self.between);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_even_and_small_delays_are_made_up_for() {
        let at = Duration::from_millis;
        let mut pace = Pace::new(10.0, at(0));
        assert_eq!(pace.next(at(0)), at(0));
        assert_eq!(pace.next(at(30)), at(70));
        assert_eq!(pace.next(at(250)), at(0));
        assert_eq!(pace.next(at(250)), at(50));
    }

    #[test]
    fn what_was_missed_long_ago_is_left() {
        let at = Duration::from_secs;
        let mut pace = Pace::new(1.0, at(0));
        assert_eq!(pace.next(at(100)), at(0));
        assert_eq!(pace.next(at(100)), at(1));
    }
}
