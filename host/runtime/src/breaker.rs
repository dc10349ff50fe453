//! Circuit breakers: a policy that faults again and again isn't run for a while; the tenant's failure policy answers meanwhile.
//!
//! Each tenant has a breaker of its own for each binding that faulted for it, the operator's bindings included (`tenant.rs`); it
//! belongs to the revision, so that another version begins closed and binding the same again changes nothing. The circuit opens
//! for all only where several subjects' requests fault; one subject's are its own affair, and it is cut off alone. Counted are
//! evaluations, never what is recalled, and only faults that the policy is to blame for. Must never hold a lock while a guest
//! runs, never cost more than one load while nothing faulted lately, and never bar the way for longer than its settings say.

mod callers;
mod circuit;
mod report;
mod settings;
#[cfg(test)]
mod simulation;
mod streak;
mod subject;
mod tenant;
#[cfg(test)]
mod tests;
mod window;

use std::sync::Arc;
use std::time::Duration;

use lictor_policy::Fault;
use smallvec::SmallVec;

use crate::binding::{BoundPolicy, Layer};
use callers::Callers;
pub use circuit::CircuitState;
use circuit::{Circuit, Ticket, Way};
pub use report::BreakerReport;
pub use settings::BreakerSettings;
use streak::Streak;
use subject::Subject;
pub(crate) use tenant::{Asked, Breakers, Rules};
use window::Window;

/// The breaker of one binding for one tenant.
#[derive(Debug)]
struct Breaker {
    layer: Layer,
    bound: Arc<BoundPolicy>,
    circuit: Circuit,
    /// Whose probes failed since the circuit is half-open, each once.
    failed: SmallVec<[Subject; 3]>,
    streak: Streak,
    window: Window,
    callers: Callers,
    faults: u64,
    cut: u64,
    cut_off: u64,
    last_fault: Option<(Fault, Duration)>,
}

/// How an evaluation ended.
#[derive(Clone, Copy, Debug)]
enum Said<'a> {
    Decided,
    Faulted(&'a Fault),
    /// Nothing that says anything about the policy.
    Nothing,
}

/// What of a breaker an operator is told when it changes.
#[derive(Clone, Copy, Debug)]
struct Standing {
    is_closed: bool,
    opened: u64,
    cut_off: u64,
}

/// Why a policy isn't run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    subject_alone: bool,
    wait: Duration,
}

impl Breaker {
    fn new(layer: Layer, bound: Arc<BoundPolicy>, now: Duration) -> Self {
        Self {
            layer,
            bound,
            circuit: Circuit::new(now),
            failed: SmallVec::new(),
            streak: Streak::default(),
            window: Window::default(),
            callers: Callers::default(),
            faults: 0,
            cut: 0,
            cut_off: 0,
            last_fault: None,
        }
    }

    /// Whether the policy may be run for this subject now.
    fn look(&mut self, subject: Subject, now: Duration) -> Result<(), Cut> {
        let own = self.callers.find(subject).map(|caller| caller.look(now));
        let cut = match (own, self.circuit.look(now)) {
            (Some(Way::Barred(wait)), _) => Cut {
                subject_alone: true,
                wait,
            },
            (_, Way::Barred(wait)) => Cut {
                subject_alone: false,
                wait,
            },
            _ => return Ok(()),
        };
        self.cut += 1;
        Err(cut)
    }

    /// Lets an evaluation through, as a probe where the circuit or the subject's own is half-open.
    fn enter(&mut self, ticket: Ticket, subject: Subject, now: Duration) -> Result<(), Cut> {
        self.look(subject, now)?;
        self.circuit.enter(ticket, now);
        if let Some(caller) = self.callers.find(subject) {
            caller.enter(ticket, now);
        }
        Ok(())
    }

    /// Counts how an evaluation ended. What was let through before the circuit opened says nothing about it any more.
    fn end(
        &mut self,
        ticket: Ticket,
        subject: Subject,
        said: Said<'_>,
        now: Duration,
        settings: &BreakerSettings,
    ) {
        match said {
            Said::Nothing => {
                self.circuit.release(ticket);
                if let Some(caller) = self.callers.find(subject) {
                    caller.release(ticket);
                }
            }
            Said::Decided => self.decided(ticket, subject, now, settings),
            Said::Faulted(fault) => {
                self.faults += 1;
                self.last_fault = Some((fault.clone(), now));
                if self.circuit.is_probe(ticket) {
                    self.probe_failed(ticket, subject, now, settings);
                } else {
                    self.faulted(ticket, subject, now, settings);
                }
            }
        }
    }

    fn decided(
        &mut self,
        ticket: Ticket,
        subject: Subject,
        now: Duration,
        settings: &BreakerSettings,
    ) {
        if let Some(caller) = self.callers.find(subject) {
            caller.close(ticket, now);
        }
        if self.circuit.is_probe(ticket) {
            self.circuit.close(now);
            self.begin_anew();
        }
        if !self.circuit.is_closed() {
            return;
        }
        self.streak.end();
        self.window.add_decided(now, settings);
        if let Some(caller) = self.callers.find(subject) {
            caller.decided(now, settings);
        }
    }

    fn faulted(
        &mut self,
        ticket: Ticket,
        subject: Subject,
        now: Duration,
        settings: &BreakerSettings,
    ) {
        let caller = self.callers.know(subject, now);
        let (closed, probe) = (self.circuit.is_closed(), caller.is_probe(ticket));
        if closed || probe {
            caller.faulted(ticket, now, settings);
            self.cut_off += u64::from(probe);
        }
        if !closed {
            return;
        }
        self.streak.add(subject, settings);
        self.window.add_faulted(now, settings);
        if self.streak.is_long(settings) || self.is_rate_low(now, settings) {
            self.open(now, settings);
        } else if let Some(caller) = self.callers.find(subject) {
            self.cut_off += u64::from(caller.judge(now, settings));
        }
    }

    /// A probe's fault cuts off its own subject, so that others try next; the circuit opens again when as many subjects' probes
    /// have failed as are needed to open it. Else one caller whose requests always fault could keep it open for everybody.
    fn probe_failed(
        &mut self,
        ticket: Ticket,
        subject: Subject,
        now: Duration,
        settings: &BreakerSettings,
    ) {
        if !self.failed.contains(&subject) {
            self.failed.push(subject);
        }
        if self.failed.len() as u64 >= settings.subjects.into() {
            self.open(now, settings);
            return;
        }
        self.circuit.release(ticket);
        self.callers.know(subject, now).cut_off(now, settings);
        self.cut_off += 1;
    }

    /// Whether too few evaluations end in a decision, also without the subjects that fault most: so many as are still too few to
    /// open a circuit can't do it with the odd fault of others.
    fn is_rate_low(&mut self, now: Duration, settings: &BreakerSettings) -> bool {
        let all = self.window.tally(now, settings);
        if !all.is_low(settings) {
            return false;
        }
        let too_few = settings.subjects.saturating_sub(1);
        let worst = self.callers.worst(too_few, now, settings);
        let others = worst.into_iter().fold(all, |all, one| all.without(one));
        others.is_low(settings)
    }

    fn open(&mut self, now: Duration, settings: &BreakerSettings) {
        self.circuit.open(now, settings);
        self.callers.forgive(&self.failed, now, settings);
        self.begin_anew();
    }

    fn begin_anew(&mut self) {
        self.failed.clear();
        self.streak.end();
        self.window = Window::default();
    }

    /// Whether it is as good as new; then it counts anew.
    fn is_idle(&mut self, now: Duration, settings: &BreakerSettings) -> bool {
        let last = self.last_fault.as_ref().map(|(_, when)| *when);
        let quiet = last.is_none_or(|last| now.saturating_sub(last) >= settings.quiet);
        let idle =
            quiet && self.circuit.is_idle(now, settings) && self.callers.are_idle(now, settings);
        if idle {
            self.begin_anew();
            self.callers = Callers::default();
        }
        idle
    }

    fn standing(&self) -> Standing {
        Standing {
            is_closed: self.circuit.is_closed(),
            opened: self.circuit.opened(),
            cut_off: self.cut_off,
        }
    }

    /// Whether it keeps anybody's requests from the policy.
    fn is_barring(&self) -> bool {
        !self.circuit.is_closed() || self.callers.cut_off() > 0
    }

    /// Lets everybody's requests through again, because an operator says that the policy is well. If it isn't, and the circuit opens
    /// again soon, it stays open for twice as long as the last time.
    fn close(&mut self, now: Duration) {
        self.circuit.close(now);
        self.callers = Callers::default();
        self.begin_anew();
    }

    /// Whether a circuit of it ever opened.
    fn has_history(&self) -> bool {
        self.circuit.opened() > 0 || self.cut_off > 0
    }

    /// Which breaker is forgotten first where there are too many: one that is closed, and faulted longest ago.
    fn harm(&self) -> (bool, Duration) {
        let last = self.last_fault.as_ref();
        let when = last.map(|(_, when)| *when).unwrap_or_default();
        (!self.circuit.is_closed(), when)
    }

    fn told(&self, cut: Cut) -> Fault {
        let last = self.last_fault.as_ref();
        Fault::CircuitOpen {
            subject_alone: cut.subject_alone,
            // Rounded up: whoever waits for so long isn't turned away again.
            wait_ms: cut
                .wait
                .as_nanos()
                .div_ceil(1_000_000)
                .try_into()
                .unwrap_or(u64::MAX),
            last: last.map_or("", |(fault, _)| fault.code()),
        }
    }
}
