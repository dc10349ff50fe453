//! For how long hosts with this state have been up, over all restarts: the clock of rollouts.

use std::time::Duration;

use super::Host;

/// A clock that runs while a host is up.
#[derive(Debug)]
pub(super) struct Uptime {
    /// What was reached before this host started.
    before_ms: u64,
    started: Duration,
}

impl Uptime {
    /// Of a host that starts now, where hosts were up for so long before.
    pub(super) fn new(before_ms: u64, now: Duration) -> Self {
        Self {
            before_ms,
            started: now,
        }
    }
}

impl Host {
    /// For how long hosts have been up, in milliseconds.
    pub(super) fn uptime_ms(&self) -> u64 {
        let Uptime { before_ms, started } = self.state.uptime;
        let since = self.state.clock.monotonic().saturating_sub(started);
        before_ms.saturating_add(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}
