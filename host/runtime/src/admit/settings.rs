//! What an operator may set about admission.

use std::time::Duration;

use lictor_policy::Priority;

use super::delay::Patience;
use super::rate::Rate;

/// How a host admits calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionSettings {
    /// How many decisions the host gives in a time, over all tenants, recalled ones included. Default none: as many as it can.
    pub rate: Option<Rate>,
    /// Calls of one tenant that may wait for an evaluator thread. Default 256.
    pub waiting_of_tenant: usize,
    /// What takes longer, on a moving average over the policies that a request would have evaluated, is slow: it waits in a lane
    /// of a quarter of its tenant's weight, and all slow work together leaves an evaluator free. Default 10 ms.
    pub slow: Duration,
    /// For how long calls of each priority may wait, if they do so for a whole `interval`; in the slow lane four times as long. Then
    /// those are refused that waited for twice as long. Default 5, 20 and 80 ms, from the lowest on; critical calls wait for as long as it takes.
    pub targets: WaitTargets,
    /// How long a queue must stand before anything is refused. Default 100 ms.
    pub interval: Duration,
}

/// For how long calls may wait, by priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTargets {
    /// Those of [`Priority::Low`].
    pub low: Duration,
    /// Those of [`Priority::Normal`].
    pub normal: Duration,
    /// Those of [`Priority::High`].
    pub high: Duration,
}

impl Default for WaitTargets {
    fn default() -> Self {
        Self {
            low: Duration::from_millis(5),
            normal: Duration::from_millis(20),
            high: Duration::from_millis(80),
        }
    }
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        Self {
            rate: None,
            waiting_of_tenant: 256,
            slow: Duration::from_millis(10),
            targets: WaitTargets::default(),
            interval: Duration::from_millis(100),
        }
    }
}

impl AdmissionSettings {
    pub(super) fn patience(&self) -> Patience {
        let targets = &self.targets;
        Patience {
            targets: Priority::ALL.map(|priority| match priority {
                Priority::Low => Some(targets.low),
                Priority::Normal => Some(targets.normal),
                Priority::High => Some(targets.high),
                Priority::Critical => None,
            }),
            interval: self.interval,
        }
    }
}
