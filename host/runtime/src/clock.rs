//! Where time comes from. Nothing else in this crate reads a clock.

use std::cell::OnceCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of time.
pub trait Clock: Send + Sync + 'static {
    /// The time of day in milliseconds since 1970-01-01T00:00:00Z. It becomes the time of a request.
    fn unix_ms(&self) -> u64;

    /// A time that never goes back, since some fixed moment. Durations are measured with it.
    fn monotonic(&self) -> Duration;
}

/// The time of one request. It is read when somebody first wants to know it, and stays what it was then: few recalled decisions
/// depend on it, and reading it takes a tenth of such a decision.
#[derive(Clone, Copy)]
pub(crate) enum Moment<'a> {
    At(u64),
    Unread {
        clock: &'a dyn Clock,
        read: &'a OnceCell<u64>,
    },
}

impl Moment<'_> {
    /// Milliseconds since 1970.
    pub(crate) fn unix_ms(self) -> u64 {
        match self {
            Self::At(unix_ms) => unix_ms,
            Self::Unread { clock, read } => *read.get_or_init(|| clock.unix_ms()),
        }
    }
}

impl fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(unix_ms) => write!(f, "{unix_ms} ms"),
            Self::Unread { read, .. } => write!(f, "{read:?} ms"),
        }
    }
}

/// The clocks of the operating system.
#[derive(Debug)]
pub struct SystemClock {
    start: Duration,
}

impl SystemClock {
    /// The clocks of the operating system.
    pub fn new() -> Self {
        Self { start: boot_time() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the system's clocks are read"
    )]
    fn unix_ms(&self) -> u64 {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
    }

    fn monotonic(&self) -> Duration {
        boot_time().saturating_sub(self.start)
    }
}

/// The time since the machine started, with the time that it was suspended: waking up must not look like a wall clock that
/// was set.
fn boot_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug, Default)]
pub struct ManualClock {
    unix_ms: AtomicU64,
    /// How far the wall clock was set away from the other one.
    ahead_ms: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at this time, in milliseconds since 1970.
    pub fn at(unix_ms: u64) -> Self {
        Self {
            unix_ms: AtomicU64::new(unix_ms),
            ahead_ms: AtomicU64::new(0),
        }
    }

    /// Moves the clock to this time, in milliseconds since 1970.
    pub fn set(&self, unix_ms: u64) {
        self.unix_ms.store(unix_ms, Ordering::SeqCst);
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.unix_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the wall clock to this time, in milliseconds since 1970, as somebody does who sets it wrong: no time passes.
    pub fn jump_wall(&self, unix_ms: u64) {
        let ahead = unix_ms.wrapping_sub(self.unix_ms.load(Ordering::SeqCst));
        self.ahead_ms.store(ahead, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn unix_ms(&self) -> u64 {
        let ahead = self.ahead_ms.load(Ordering::SeqCst);
        self.unix_ms.load(Ordering::SeqCst).wrapping_add(ahead)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.unix_ms.load(Ordering::SeqCst))
    }
}
