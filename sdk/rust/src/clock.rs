//! The time of the request. Must never give the time of the machine.

use crate::place::World;

/// The time of the request, one moment for the whole evaluation.
#[derive(Clone, Debug)]
pub struct Clock {
    world: World,
}

impl Clock {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            world: world.clone(),
        }
    }

    /// The time of the request in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// An evaluation that asks this isn't remembered. Prefer [`before`](Clock::before).
    pub fn now(&self) -> u64 {
        self.world.now()
    }

    /// Whether the time of the request is before the given one, in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// Only the yes or no is recorded, so the decision can be remembered until the answer changes.
    pub fn before(&self, unix_ms: u64) -> bool {
        self.world.before(unix_ms)
    }
}
