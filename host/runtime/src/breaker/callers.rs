//! The subjects whose requests faulted lately, each with a circuit of its own. Must never hold more than so many.

use std::time::Duration;

use smallvec::SmallVec;

use super::circuit::{Circuit, Ticket, Way};
use super::settings::BreakerSettings;
use super::subject::Subject;
use super::window::{Tally, Window};

/// The most subjects of one binding that are known apart. Whoever asks under ever new names pushes out whoever isn't cut off
/// and hasn't faulted for longest.
pub(super) const CALLERS_MAX: usize = 64;

/// The subjects that are known.
#[derive(Debug, Default)]
pub(super) struct Callers {
    known: Vec<Caller>,
}

/// One subject.
#[derive(Debug)]
pub(super) struct Caller {
    subject: Subject,
    in_a_row: u32,
    window: Window,
    last_fault: Duration,
    circuit: Circuit,
}

impl Callers {
    pub(super) fn find(&mut self, subject: Subject) -> Option<&mut Caller> {
        self.known
            .iter_mut()
            .find(|caller| caller.subject == subject)
    }

    /// The subject, known from now on if it wasn't yet.
    pub(super) fn know(&mut self, subject: Subject, now: Duration) -> &mut Caller {
        let known = self.known.iter().position(|it| it.subject == subject);
        let place = known.unwrap_or_else(|| self.place(Caller::new(subject, now)));
        self.known
            .get_mut(place)
            .expect("a place is one of those that are known")
    }

    fn place(&mut self, caller: Caller) -> usize {
        if self.known.len() < CALLERS_MAX {
            self.known.push(caller);
            return self.known.len() - 1;
        }
        let places = self.known.iter().enumerate();
        let least = places.min_by_key(|(_, caller)| caller.harm());
        let place = least.map_or(0, |(place, _)| place);
        if let Some(old) = self.known.get_mut(place) {
            *old = caller;
        }
        place
    }

    /// The evaluations of the so many subjects that faulted most.
    pub(super) fn worst(
        &mut self,
        count: u32,
        now: Duration,
        settings: &BreakerSettings,
    ) -> SmallVec<[Tally; CALLERS_MAX]> {
        let tallies = self.known.iter_mut();
        let mut tallies: SmallVec<[Tally; CALLERS_MAX]> = tallies
            .map(|caller| caller.window.tally(now, settings))
            .collect();
        tallies.sort_unstable_by_key(|tally| std::cmp::Reverse(tally.faulted));
        tallies.truncate(count as usize);
        tallies
    }

    /// Holds nothing against those that aren't cut off, nor against these: it was the policy.
    pub(super) fn forgive(&mut self, these: &[Subject], now: Duration, settings: &BreakerSettings) {
        self.known.retain(|caller| {
            !caller.circuit.is_idle(now, settings) && !these.contains(&caller.subject)
        });
        for caller in &mut self.known {
            caller.in_a_row = 0;
            caller.window = Window::default();
        }
    }

    pub(super) fn are_idle(&self, now: Duration, settings: &BreakerSettings) -> bool {
        let mut circuits = self.known.iter().map(|caller| &caller.circuit);
        circuits.all(|circuit| circuit.is_idle(now, settings))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many are cut off now.
    pub(super) fn cut_off(&self) -> usize {
        let cut_off = |caller: &&Caller| !caller.circuit.is_closed();
        self.known.iter().filter(cut_off).count()
    }
}

impl Caller {
    fn new(subject: Subject, now: Duration) -> Self {
        Self {
            subject,
            in_a_row: 0,
            window: Window::default(),
            last_fault: now,
            circuit: Circuit::new(now),
        }
    }

    pub(super) fn look(&self, now: Duration) -> Way {
        self.circuit.look(now)
    }

    pub(super) fn enter(&mut self, ticket: Ticket, now: Duration) {
        self.circuit.enter(ticket, now);
    }

    pub(super) fn is_probe(&self, ticket: Ticket) -> bool {
        self.circuit.is_probe(ticket)
    }

    pub(super) fn release(&mut self, ticket: Ticket) {
        self.circuit.release(ticket);
    }

    /// One of its evaluations ended in a decision: if it was the probe, that closes its circuit.
    pub(super) fn close(&mut self, ticket: Ticket, now: Duration) {
        if self.circuit.is_probe(ticket) {
            self.circuit.close(now);
        }
    }

    /// Counts a decision.
    pub(super) fn decided(&mut self, now: Duration, settings: &BreakerSettings) {
        if self.circuit.is_closed() {
            self.in_a_row = 0;
            self.window.add_decided(now, settings);
        }
    }

    /// One of its evaluations ended in a fault. What began before it was cut off says nothing any more.
    pub(super) fn faulted(&mut self, ticket: Ticket, now: Duration, settings: &BreakerSettings) {
        let lately = now.saturating_sub(self.last_fault) < settings.quiet;
        self.last_fault = now;
        if self.circuit.is_probe(ticket) {
            self.cut_off(now, settings);
        } else if self.circuit.is_closed() {
            let before = if lately { self.in_a_row } else { 0 };
            self.in_a_row = before.saturating_add(1);
            self.window.add_faulted(now, settings);
        }
    }

    /// Cuts it off if its own faults are too many, and says whether that is so.
    pub(super) fn judge(&mut self, now: Duration, settings: &BreakerSettings) -> bool {
        let row = settings.faults_in_a_row;
        let in_a_row = row > 0 && self.in_a_row >= row;
        let too_many = in_a_row || self.window.tally(now, settings).is_low(settings);
        let cut_off = self.circuit.is_closed() && too_many;
        if cut_off {
            self.cut_off(now, settings);
        }
        cut_off
    }

    pub(super) fn cut_off(&mut self, now: Duration, settings: &BreakerSettings) {
        self.circuit.open(now, settings);
        // INVARIANT: its window stays, since all that is in it is in the window of all, from which it is subtracted.
        self.in_a_row = 0;
    }

    /// What is forgotten last: who is cut off, then who faulted last. So what a full list forgets of the window are faults of
    /// somebody who has so many subjects after him.
    fn harm(&self) -> (bool, Duration) {
        (!self.circuit.is_closed(), self.last_fault)
    }
}
