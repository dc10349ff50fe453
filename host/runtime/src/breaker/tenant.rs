//! A tenant's breakers, and how an evaluation passes the one of its binding.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lictor_policy::{Blame, Digest, Fault, PolicyName, TenantName};

use super::circuit::Ticket;
use super::report::BreakerReport;
use super::settings::BreakerSettings;
use super::subject::Subject;
use super::{Breaker, Cut, Said, Standing};
use crate::binding::{BoundPolicy, Layer};
use crate::clock::Clock;
use crate::notice;

/// The most breakers of one tenant: more than it can have bindings in both layers, with the versions before them and candidates.
/// Beyond, the one that faulted longest ago is forgotten.
const BREAKERS_MAX: usize = 512;

/// How often breakers that are as good as new are looked for.
const SWEEP: Duration = Duration::from_secs(10);

/// What holds for all breakers of a host.
#[derive(Debug)]
pub(crate) struct Rules {
    settings: BreakerSettings,
    /// What subjects are hashed with.
    key: [u8; 32],
}

impl Rules {
    pub(crate) fn new(settings: &BreakerSettings, seed: &[u8; 32]) -> Self {
        Self {
            settings: settings.checked(),
            key: *blake3::keyed_hash(seed, b"subjects of breakers").as_bytes(),
        }
    }
}

/// The breakers of one tenant, by revision.
#[derive(Debug, Default)]
pub(crate) struct Breakers {
    /// Whether any isn't as good as new. While none is, nothing else is looked at.
    watched: AtomicBool,
    board: Mutex<Board>,
}

#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) of_revision: HashMap<Digest, Breaker>,
    pub(super) tickets: Ticket,
    swept: Duration,
}

impl Breakers {
    /// The breakers of all bindings that faulted lately, or whose circuits ever opened, by layer and policy.
    pub(crate) fn report(&self, rules: &Rules, clock: &dyn Clock) -> Vec<BreakerReport> {
        let (now, unix_ms) = (clock.monotonic(), clock.unix_ms());
        let mut board = self.lock();
        self.sweep(&mut board, rules, now);
        let breakers = board.of_revision.values();
        let mut reports: Vec<BreakerReport> = breakers
            .map(|breaker| BreakerReport::new(breaker, now, unix_ms))
            .collect();
        reports.sort_by(|a, b| a.place().cmp(&b.place()));
        reports
    }

    /// Closes what keeps requests from a policy, of whichever version and layer; says what was not run.
    pub(crate) fn close(&self, policy: &PolicyName, clock: &dyn Clock) -> Vec<Arc<BoundPolicy>> {
        let now = clock.monotonic();
        let mut board = self.lock();
        let breakers = board.of_revision.values_mut();
        let barring = breakers.filter(|it| it.bound.policy == *policy && it.is_barring());
        barring
            .map(|breaker| {
                breaker.close(now);
                Arc::clone(&breaker.bound)
            })
            .collect()
    }

    pub(super) fn is_watched(&self) -> bool {
        // Relaxed: whoever sees a first fault a moment late is let through, as whoever began a moment earlier is.
        self.watched.load(Ordering::Relaxed)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Board> {
        // Nothing that can panic is done in between, and a breaker that is half changed would still open and close.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_at(&self, rules: &Rules, now: Duration) -> MutexGuard<'_, Board> {
        let mut board = self.lock();
        if now.saturating_sub(board.swept) >= SWEEP {
            self.sweep(&mut board, rules, now);
        }
        board
    }

    /// Forgets what is as good as new, but for what an operator wants to know of circuits that were open.
    fn sweep(&self, board: &mut Board, rules: &Rules, now: Duration) {
        let mut watched = false;
        board.of_revision.retain(|_, breaker| {
            let idle = breaker.is_idle(now, &rules.settings);
            watched |= !idle;
            !idle || breaker.has_history()
        });
        board.swept = now;
        self.watched.store(watched, Ordering::Relaxed);
    }
}

impl Board {
    fn breaker(&mut self, revision: &Digest, rules: &Rules, now: Duration) -> Option<&mut Breaker> {
        let breaker = self.of_revision.get_mut(revision)?;
        // Not only when it is swept: what a request meets doesn't depend on when that was.
        breaker.is_idle(now, &rules.settings);
        Some(breaker)
    }

    fn breaker_or_new(&mut self, asked: &Asked<'_>, now: Duration) -> &mut Breaker {
        let revision = asked.bound.revision;
        let full = self.of_revision.len() >= BREAKERS_MAX;
        if full && !self.of_revision.contains_key(&revision) {
            let oldest = self.of_revision.iter().min_by_key(|(_, it)| it.harm());
            if let Some(oldest) = oldest.map(|(revision, _)| *revision) {
                self.of_revision.remove(&oldest);
            }
        }
        let new = || Breaker::new(asked.layer, Arc::clone(asked.bound), now);
        self.of_revision.entry(revision).or_insert_with(new)
    }
}

/// Who asks which policy.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) tenant: &'a TenantName,
    pub(crate) rules: &'a Rules,
    pub(crate) breakers: &'a Breakers,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) layer: Layer,
    pub(crate) bound: &'a Arc<BoundPolicy>,
    pub(crate) subject_id: &'a str,
}

impl<'a> Asked<'a> {
    /// Why the policy isn't run for this subject now, if that is so. Who is told nothing has to [`Asked::pass`] all the same.
    pub(crate) fn cut(&self) -> Option<Fault> {
        self.at_breaker(|_, breaker, subject, now| breaker.look(subject, now))
            .err()
    }

    /// Lets one evaluation through. What is returned must be told how it ended.
    ///
    /// # Errors
    /// The policy isn't run for this subject now.
    pub(crate) fn pass(self) -> Result<Pass<'a>, Fault> {
        let ticket = self.at_breaker(|ticket, breaker, subject, now| {
            breaker.enter(ticket, subject, now).map(|()| ticket)
        })?;
        Ok(Pass {
            asked: self,
            ticket: Some(ticket),
        })
    }

    /// Asks the binding's breaker, where there is one. The ticket is a new one.
    fn at_breaker<T: Default>(
        &self,
        ask: impl FnOnce(Ticket, &mut Breaker, Subject, Duration) -> Result<T, Cut>,
    ) -> Result<T, Fault> {
        if !self.breakers.is_watched() {
            return Ok(T::default());
        }
        let (now, subject) = (self.clock.monotonic(), self.subject());
        let mut board = self.breakers.lock_at(self.rules, now);
        board.tickets += 1;
        let ticket = board.tickets;
        let Some(breaker) = board.breaker(&self.bound.revision, self.rules, now) else {
            return Ok(T::default());
        };
        ask(ticket, breaker, subject, now).map_err(|cut| breaker.told(cut))
    }

    fn subject(&self) -> Subject {
        Subject::of(&self.rules.key, self.subject_id)
    }

    fn end(&self, ticket: Ticket, said: Said<'_>) {
        let rules = self.rules;
        let faulted = matches!(said, Said::Faulted(_));
        if !rules.settings.is_on() || !(faulted || self.breakers.is_watched()) {
            return;
        }
        let (now, subject) = (self.clock.monotonic(), self.subject());
        let mut board = self.breakers.lock_at(rules, now);
        let breaker = if faulted {
            self.breakers.watched.store(true, Ordering::Relaxed);
            Some(board.breaker_or_new(self, now))
        } else {
            board.breaker(&self.bound.revision, rules, now)
        };
        let changed = breaker.map(|breaker| {
            let before = breaker.standing();
            breaker.end(ticket, subject, said, now, &rules.settings);
            (before, breaker.standing())
        });
        drop(board);
        if let Some((before, after)) = changed {
            self.tell(before, after, said);
        }
    }

    /// Tells the log what an evaluation has done to the circuits.
    fn tell(&self, before: Standing, after: Standing, said: Said<'_>) {
        let (tenant, bound) = (self.tenant, self.bound);
        match said {
            Said::Faulted(fault) if after.opened > before.opened => {
                notice::circuit_opened(tenant, bound, fault, false);
            }
            Said::Faulted(fault) if after.cut_off > before.cut_off => {
                notice::circuit_opened(tenant, bound, fault, true);
            }
            _ if after.is_closed && !before.is_closed => notice::circuit_closed(tenant, bound),
            _ => {}
        }
    }
}

/// An evaluation that was let through. One that never says how it ended, because something panicked, leaves the way to the next.
#[must_use]
pub(crate) struct Pass<'a> {
    asked: Asked<'a>,
    ticket: Option<Ticket>,
}

impl Pass<'_> {
    /// Says how it ended. Only what the policy is to blame for counts against it.
    pub(crate) fn end<T>(mut self, outcome: &Result<T, Fault>) {
        let said = match outcome {
            Ok(_) => Said::Decided,
            Err(fault) if fault.blame() == Blame::Policy => Said::Faulted(fault),
            Err(_) => Said::Nothing,
        };
        self.settle(said);
    }

    fn settle(&mut self, said: Said<'_>) {
        if let Some(ticket) = self.ticket.take() {
            self.asked.end(ticket, said);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.settle(Said::Nothing);
    }
}
