//! Each rule and each number of the breakers, on a clock that is moved by hand.

mod keeping;
mod opening;
mod subjects;
mod trying;

use lictor_engine::Start;
use lictor_policy::{Digest, TenantName, Version};

use super::tenant::Pass;
use super::*;
use crate::clock::{Clock, ManualClock};

/// A moment at which a half of the default window begins.
const BEGIN_MS: u64 = 1_800_000_000_000;

/// A tenant's breakers and one binding.
pub(super) struct World {
    pub(super) rules: Rules,
    breakers: Breakers,
    clock: ManualClock,
    bound: Arc<BoundPolicy>,
    tenant: TenantName,
}

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Run,
    /// The policy isn't run for anybody, for so many milliseconds.
    Cut(u64),
    /// Nor for this subject, for so many milliseconds.
    Alone(u64),
}

fn bound(revision: &str) -> Arc<BoundPolicy> {
    let digest = Digest::of(revision.as_bytes());
    Arc::new(BoundPolicy {
        policy: "spend-limit".parse().unwrap(),
        version: Version::new(1, 0, 0),
        artifact: digest,
        component: digest,
        revision: digest,
        start: Start::Fresh,
    })
}

fn trapped() -> Fault {
    Fault::Trapped {
        detail: "unreachable".to_owned(),
    }
}

impl World {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self {
            rules: Rules::new(&settings, &[7; 32]),
            breakers: Breakers::default(),
            clock: ManualClock::at(BEGIN_MS),
            bound: bound("1"),
            tenant: "bank".parse().unwrap(),
        }
    }

    fn asked<'a>(&'a self, subject: &'a str) -> Asked<'a> {
        Asked {
            tenant: &self.tenant,
            rules: &self.rules,
            breakers: &self.breakers,
            clock: &self.clock,
            layer: Layer::Tenant,
            bound: &self.bound,
            subject_id: subject,
        }
    }

    pub(super) fn pass<'a>(&'a self, subject: &'a str) -> Result<Pass<'a>, Came> {
        self.asked(subject).pass().map_err(|fault| match fault {
            Fault::CircuitOpen {
                subject_alone: true,
                wait_ms,
                ..
            } => Came::Alone(wait_ms),
            Fault::CircuitOpen { wait_ms, .. } => Came::Cut(wait_ms),
            other => panic!("{other}"),
        })
    }

    fn end(&self, subject: &str, outcome: Result<(), Fault>) -> Came {
        match self.pass(subject) {
            Ok(pass) => {
                pass.end(&outcome);
                Came::Run
            }
            Err(came) => came,
        }
    }

    pub(super) fn faults(&self, subject: &str) -> Came {
        self.end(subject, Err(trapped()))
    }

    pub(super) fn decides(&self, subject: &str) -> Came {
        self.end(subject, Ok(()))
    }

    fn close(&self, policy: &str) -> usize {
        let policy = policy.parse().unwrap();
        self.breakers.close(&policy, &self.clock).len()
    }

    pub(super) fn after(&self, ms: u64) {
        self.clock.set(self.clock.unix_ms() + ms);
    }

    pub(super) fn report(&self) -> BreakerReport {
        let reports = self.breakers.report(&self.rules, &self.clock);
        reports.first().expect("it faulted").clone()
    }

    pub(super) fn report_if_any(&self) -> Option<BreakerReport> {
        let reports = self.breakers.report(&self.rules, &self.clock);
        reports.first().cloned()
    }

    /// Whether the subjects' windows hold nothing that the window of all doesn't.
    pub(super) fn parts_are_in_the_whole(&self) -> bool {
        let now = self.clock.monotonic();
        let settings = BreakerSettings::default();
        let mut board = self.breakers.lock();
        board.of_revision.values_mut().all(|breaker| {
            let all = breaker.window.tally(now, &settings);
            let parts = breaker.callers.worst(u32::MAX, now, &settings);
            parts.iter().map(|part| part.faulted).sum::<u64>() <= all.faulted
                && parts.iter().map(|part| part.decided).sum::<u64>() <= all.decided
        })
    }

    fn state(&self) -> CircuitState {
        self.report().state
    }

    /// Five faults of three subjects.
    fn open(&self) {
        for subject in ["a", "b", "c", "a", "b"] {
            assert_eq!(self.faults(subject), Came::Run);
        }
        assert_eq!(self.state(), CircuitState::Open);
    }

    /// Three failed probes.
    fn open_again(&self) {
        for subject in ["a", "b", "c"] {
            assert_eq!(self.faults(subject), Came::Run);
        }
        assert_eq!(self.state(), CircuitState::Open);
    }
}

fn world() -> World {
    World::new(BreakerSettings::default())
}
