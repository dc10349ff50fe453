//! One circuit: closed, open or half-open, and how long it stays open. Must never let two probes through at once.

use std::time::Duration;

use super::settings::BreakerSettings;

/// Names one evaluation that was let through, so that only a probe's own end decides about the circuit.
pub(super) type Ticket = u64;

/// A circuit.
#[derive(Debug)]
pub(super) struct Circuit {
    state: State,
    /// When it came into this state.
    since: Duration,
    /// How often the open time is doubled.
    doublings: u32,
    opened: u64,
}

#[derive(Debug)]
enum State {
    Closed,
    Open { until: Duration },
    HalfOpen { probe: Option<Ticket> },
}

/// What a circuit says to one who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Free,
    /// Go through as the one probe.
    Probe,
    /// No way, for so long at least.
    Barred(Duration),
}

/// The state of a circuit, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// The policy is run.
    Closed,
    /// The policy isn't run.
    Open,
    /// One request at a time is let through to see whether the policy is well again.
    HalfOpen,
}

impl Circuit {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            state: State::Closed,
            since: now,
            doublings: 0,
            opened: 0,
        }
    }

    pub(super) fn look(&self, now: Duration) -> Way {
        match self.state {
            State::Closed => Way::Free,
            State::Open { until } if now < until => Way::Barred(until - now),
            State::Open { .. } | State::HalfOpen { probe: None } => Way::Probe,
            State::HalfOpen { probe: Some(_) } => Way::Barred(Duration::ZERO),
        }
    }

    /// Takes the way that [`Circuit::look`] showed.
    pub(super) fn enter(&mut self, ticket: Ticket, now: Duration) {
        if self.look(now) == Way::Probe {
            self.since = self.half_open_since();
            // INVARIANT: a second probe finds the way barred until this one is released or has decided.
            self.state = State::HalfOpen {
                probe: Some(ticket),
            };
        }
    }

    /// Whether this evaluation is the probe.
    pub(super) fn is_probe(&self, ticket: Ticket) -> bool {
        matches!(self.state, State::HalfOpen { probe: Some(probe) } if probe == ticket)
    }

    /// A probe that came to nothing, or doesn't decide alone, makes way for the next.
    pub(super) fn release(&mut self, ticket: Ticket) {
        if self.is_probe(ticket) {
            self.state = State::HalfOpen { probe: None };
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(super) fn close(&mut self, now: Duration) {
        self.state = State::Closed;
        self.since = now;
    }

    /// Opens it: for the plain time after a quiet one, else for twice as long as the last time.
    pub(super) fn open(&mut self, now: Duration, settings: &BreakerSettings) {
        self.doublings = match self.state {
            State::Open { .. } => return,
            State::Closed if self.is_idle(now, settings) => 0,
            State::Closed | State::HalfOpen { .. } => self.doublings.saturating_add(1),
        };
        self.opened += 1;
        self.since = now;
        let doubled = settings
            .open
            .saturating_mul(2u32.saturating_pow(self.doublings));
        let until = now.saturating_add(doubled.min(settings.open_max));
        self.state = State::Open { until };
    }

    /// Whether it is as good as new.
    pub(super) fn is_idle(&self, now: Duration, settings: &BreakerSettings) -> bool {
        let closed_for = now.saturating_sub(self.since);
        self.is_closed() && (self.opened == 0 || closed_for >= settings.quiet)
    }

    /// How often it opened.
    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    /// What it is, since when, and how long at least.
    pub(super) fn described(&self, now: Duration) -> (CircuitState, Duration, Option<Duration>) {
        match self.state {
            State::Closed => (CircuitState::Closed, self.since, None),
            State::Open { until } if now < until => (CircuitState::Open, self.since, Some(until)),
            State::Open { .. } | State::HalfOpen { .. } => {
                (CircuitState::HalfOpen, self.half_open_since(), None)
            }
        }
    }

    /// It is half-open from the moment on that its open time is over, whether somebody comes or not.
    fn half_open_since(&self) -> Duration {
        match self.state {
            State::Open { until } => until,
            State::Closed | State::HalfOpen { .. } => self.since,
        }
    }
}
