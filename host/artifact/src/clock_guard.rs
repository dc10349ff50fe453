//! Tells a wall clock that runs from one that was set, so that nobody makes an expired key valid by turning the clock back.
//!
//! Must never read a clock: both readings are parameters.

use std::time::Duration;

use crate::UnixMs;

/// How far the wall clock may stray from where the monotonic clock expects it: 30 s, and 1 ms for every second of running.
pub const CLOCK_TOLERANCE_MS: u64 = 30_000;
const DRIFT_PER_MILLE: u64 = 1;

/// Watches the wall clock against a clock that can't be set.
///
/// What it measures against is fixed when it begins and by [`ClockGuard::accept`] alone, so that many small steps are found like
/// one large one. The monotonic clock should count time in suspension (`CLOCK_BOOTTIME`), else waking up looks like a jump.
#[derive(Clone, Debug)]
pub struct ClockGuard {
    anchor_wall: UnixMs,
    anchor_monotonic: Duration,
    trusted: UnixMs,
}

/// What time it is for judging validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The wall clock's time, or the last one that was trusted while the clock has jumped.
    pub now: UnixMs,
    /// The jump, for as long as it isn't undone or accepted: time stands still and the operator must look.
    pub jump: Option<Jump>,
}

/// How far off the wall clock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// What the wall clock says.
    pub wall: UnixMs,
    /// What it should say.
    pub expected: UnixMs,
}

impl ClockGuard {
    /// Begins with a first reading of both clocks and the last trusted time that was kept from before a restart, if any. A wall
    /// clock that stands before that time has been set back: it counts as jumped from the start.
    pub fn new(wall: UnixMs, monotonic: Duration, kept: Option<UnixMs>) -> Self {
        let anchor_wall = kept.map_or(wall, |kept| kept.max(wall));
        Self {
            anchor_wall,
            anchor_monotonic: monotonic,
            trusted: anchor_wall,
        }
    }

    /// Judges a reading of both clocks, taken together.
    pub fn read(&mut self, wall: UnixMs, monotonic: Duration) -> ClockReading {
        let elapsed = monotonic.saturating_sub(self.anchor_monotonic);
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let expected = UnixMs(self.anchor_wall.0.saturating_add(elapsed_ms));
        let tolerance = CLOCK_TOLERANCE_MS.saturating_add(elapsed_ms / 1_000 * DRIFT_PER_MILLE);
        if wall.0.abs_diff(expected.0) > tolerance {
            return ClockReading {
                now: self.trusted,
                jump: Some(Jump { wall, expected }),
            };
        }
        // INVARIANT: trusted time never goes back, however the wall clock is nudged.
        self.trusted = self.trusted.max(wall);
        ClockReading {
            now: self.trusted,
            jump: None,
        }
    }

    /// Takes a reading as right from now on, as the operator said so.
    pub fn accept(&mut self, wall: UnixMs, monotonic: Duration) {
        *self = Self::new(wall, monotonic, None);
    }

    /// The last time that was trusted, to be kept over a restart.
    pub fn trusted(&self) -> UnixMs {
        self.trusted
    }
}

impl std::fmt::Display for Jump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the wall clock says {} and should say {}: expiry stands still until it is right again or accepted",
            self.wall, self.expected
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixMs = UnixMs(1_800_000_000_000);
    const DAY_S: u64 = 86_400;

    fn seconds(wall: i64, monotonic: u64) -> (UnixMs, Duration) {
        (
            UnixMs(START.0.saturating_add_signed(wall * 1_000)),
            Duration::from_secs(monotonic),
        )
    }

    fn read(guard: &mut ClockGuard, (wall, monotonic): (UnixMs, Duration)) -> (i64, bool) {
        let reading = guard.read(wall, monotonic);
        let now = (reading.now.0 as i64 - START.0 as i64) / 1_000;
        (now, reading.jump.is_some())
    }

    #[test]
    fn a_clock_that_runs_is_followed() {
        let mut guard = ClockGuard::new(START, Duration::ZERO, None);
        for second in [0, 1, 60, DAY_S, 400 * DAY_S] {
            let reading = read(&mut guard, seconds(second as i64, second));
            assert_eq!(reading, (second as i64, false));
        }
        // A crystal that is 500 ppm off for a year.
        let off = (400 * DAY_S) as i64 / 2_000;
        let reading = read(&mut guard, seconds((400 * DAY_S) as i64 + off, 400 * DAY_S));
        assert!(!reading.1);
    }

    #[test]
    fn a_jump_freezes_time_until_it_is_undone() {
        for jump in [3_600, -3_600] {
            let mut guard = ClockGuard::new(START, Duration::ZERO, None);
            assert_eq!(read(&mut guard, seconds(100, 100)), (100, false));
            assert_eq!(read(&mut guard, seconds(200 + jump, 200)), (100, true));
            assert_eq!(read(&mut guard, seconds(900 + jump, 900)), (100, true));
            assert_eq!(read(&mut guard, seconds(1_000, 1_000)), (1_000, false));
        }
    }

    #[test]
    fn an_operator_accepts_the_new_time() {
        let mut guard = ClockGuard::new(START, Duration::ZERO, None);
        assert_eq!(read(&mut guard, seconds(7_200, 1)), (0, true));
        let (wall, monotonic) = seconds(7_200, 1);
        guard.accept(wall, monotonic);
        assert_eq!(read(&mut guard, seconds(7_201, 2)), (7_201, false));
    }

    #[test]
    fn small_steps_add_up() {
        let mut guard = ClockGuard::new(START, Duration::ZERO, None);
        let jumped = (1..=10).map(|step| read(&mut guard, seconds(-10 * step, 0)).1);
        let jumped: Vec<bool> = jumped.collect();
        assert_eq!(jumped.iter().filter(|jumped| **jumped).count(), 7);
        assert_eq!(guard.trusted(), START);
    }

    #[test]
    fn a_clock_set_back_while_the_host_was_down_is_found() {
        let kept = Some(START);
        let (wall, monotonic) = seconds(-3_600, 5);
        let mut guard = ClockGuard::new(wall, monotonic, kept);
        assert_eq!(read(&mut guard, seconds(-3_600, 5)), (0, true));
        // Forwards it may have been any time.
        let (wall, monotonic) = seconds(3_600, 5);
        let mut guard = ClockGuard::new(wall, monotonic, kept);
        assert_eq!(read(&mut guard, seconds(3_600, 5)), (3_600, false));
    }
}
