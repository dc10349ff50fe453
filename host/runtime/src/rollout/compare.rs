//! Requests that both versions decide, off the caller's path, so that they can be compared.
//!
//! A caller hands over what it was told and goes on: it never waits, and what there is no room for is counted and dropped. The
//! threads here have evaluation slots of their own.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lictor_policy::{Blame, Fault, Request};

use super::heard::{Heard, Members};
use super::pair::{Asked, Pair, Side};
use super::running::{Chosen, Running, Sides};
use crate::admit::{Admitted, Caller, FairQueue, Kept, Places};
use crate::binding::Layer;
use crate::decision_id::DecisionId;
use crate::evaluate::own_decision;
use crate::host::Host;
use crate::outcome::PolicyOutcome;
use crate::recall::Tally as Recalls;
use crate::stage::{Course, Halt};

/// The threads that compare, behind a bounded queue that serves tenants in turn.
#[derive(Debug)]
pub(crate) struct Comparisons {
    queue: Arc<FairQueue>,
}

impl Comparisons {
    /// Starts so many threads, with room for so many waiting requests. They end when the host is gone.
    pub(crate) fn start(threads: u32, waiting: usize) -> io::Result<Self> {
        // Made first, so that the threads that were started end if another can't be.
        let comparisons = Self {
            queue: Arc::new(FairQueue::shared(waiting, (waiting / 4).max(1))),
        };
        for number in 0..threads {
            let queue = Arc::clone(&comparisons.queue);
            thread::Builder::new()
                .name(format!("lictor-compare-{number}"))
                .spawn(move || while queue.run_next() {})?;
        }
        Ok(comparisons)
    }

    fn push(&self, host: &Host, comparison: Comparison) -> Result<(), ()> {
        let tenant = Arc::clone(comparison.kept.admitted().tenant);
        // What waits must not keep the host, which keeps the queue.
        let state = Arc::downgrade(&host.state);
        let job = Box::new(move |_| {
            if let Some(state) = state.upgrade() {
                comparison.make(&Host::of(state));
            }
        });
        self.queue.push(Caller::of(&tenant.name), job).map_err(drop)
    }
}

impl Drop for Comparisons {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A request that is to be compared, with what the caller was told.
struct Comparison {
    kept: Kept,
    request: Request,
    decision_id: DecisionId,
    chosen: Chosen,
    sampled: Sides,
    heard: Heard,
}

impl Host {
    /// Compares what waits to be compared, on the calling thread, and says how many requests that were. For embedders that
    /// have no threads for it; others needn't call it.
    pub fn compare(&self) -> usize {
        let queue = &self.state.comparisons.queue;
        std::iter::repeat_with(|| queue.try_run_next())
            .take_while(|was_one| *was_one)
            .count()
    }

    /// Has both versions of a change decide a request that nobody waits for, and takes the pair down.
    pub(crate) fn compare_now(&self, kept: Kept, request: Request) {
        let comparison = Comparison {
            sampled: kept.admitted().view.rollouts.all(),
            kept,
            request,
            decision_id: self.state.ids.next(),
            chosen: Chosen::STABLE,
            heard: Heard::default(),
        };
        comparison.make(self);
    }

    /// Has a request that was decided compared in the rollouts for which it was drawn.
    pub(crate) fn compare_later(
        &self,
        admitted: &Admitted<'_>,
        request: &Request,
        decision_id: DecisionId,
        chosen: Chosen,
        heard: impl FnOnce() -> Heard,
    ) {
        let rollouts = &admitted.view.rollouts;
        if rollouts.is_empty() {
            return;
        }
        let sampled = rollouts.sampled(decision_id.number());
        if sampled.is_empty() {
            return;
        }
        let comparison = Comparison {
            kept: admitted.keep(),
            request: request.clone(),
            decision_id,
            chosen,
            sampled,
            heard: heard(),
        };
        if self.state.comparisons.push(self, comparison).is_err() {
            for (_, running) in rollouts.iter().filter(|(at, _)| sampled.has(*at)) {
                running.ledger.drop_pair();
            }
        }
    }
}

impl Comparison {
    fn make(mut self, host: &Host) {
        let kept = self.kept.admitted();
        let view = Arc::clone(kept.view);
        let sampled = self.sampled;
        for (rollout, running) in view.rollouts.iter().filter(|(at, _)| sampled.has(*at)) {
            // Pulled after it was drawn: nobody needs to know any more.
            if running.is_stopped() {
                continue;
            }
            if self.compare(host, rollout, running).is_err() {
                running.ledger.drop_pair();
            }
        }
    }

    /// Decides with both versions of one rollout, where the others are as the caller had them, and takes the pair down.
    fn compare(&mut self, host: &Host, rollout: usize, running: &Running) -> Result<(), Halt> {
        // What is suspended decides nothing, and so there is nothing to compare.
        if host
            .suspended(&self.kept.admitted(), &self.request)
            .is_some()
        {
            return Err(Halt::Fault(Fault::Suspended));
        }
        let others = self.chosen.candidate.without(Sides::of(rollout));
        let stable = self.decide(host, others)?;
        let candidate = self.decide(host, others.with(Sides::of(rollout)))?;
        let mut faults = self
            .heard
            .policies
            .iter()
            .filter_map(|it| it.verdict.fault());
        if faults.any(|fault| *fault == Fault::Suspended) {
            return Err(Halt::Fault(Fault::Suspended));
        }
        let default_effect = self.kept.admitted().view.settings.default_effect;
        let decisions = [&stable, &candidate]
            .map(|members| own_decision(self.heard.of(members), default_effect));
        let [of_stable, of_candidate] = &decisions;
        let side = |members, decision| {
            let outcomes = || self.heard.of(members);
            side(running, outcomes, decision)
        };
        let pair = Pair {
            subject: running.subject(&self.request),
            request: &self.request,
            stable: side(&stable, of_stable),
            candidate: side(&candidate, of_candidate),
        };
        let redaction = host.state.sink.redaction();
        let ledger = &running.ledger;
        let tripped = ledger.record(running.phase, &pair, &running.guards, redaction);
        if let Some(tripped) = tripped {
            running.stop();
            host.trip(&self.kept.admitted().tenant.name, &running.name, &tripped);
        }
        Ok(())
    }

    /// What the tenant's own policies decide where the candidates of these rollouts count.
    fn decide(&mut self, host: &Host, sides: Sides) -> Result<Members, Halt> {
        let mut places = Places::aside();
        let mut course = Course {
            host,
            request: &self.request,
            admitted: self.kept.admitted(),
            decision_id: self.decision_id,
            places: Some(&mut places),
            began: None,
            tally: Recalls::default(),
        };
        course.run(Layer::Tenant, sides, &mut self.heard)
    }
}

fn side<'a, I: Iterator<Item = &'a PolicyOutcome>>(
    running: &Running,
    outcomes: impl Fn() -> I,
    decision: &'a lictor_policy::Decision,
) -> Side<'a> {
    let rolled = || outcomes().filter(|it| running.replacement.replaces(&it.bound.policy));
    let blames_policy = |it: &PolicyOutcome| {
        let fault = it.verdict.fault();
        fault.is_some_and(|fault| fault.blame() == Blame::Policy)
    };
    Side {
        decision,
        faulted: rolled().any(blames_policy),
        asked: outcomes()
            .map(|it| Asked {
                policy: it.bound.policy.as_str(),
                observations: &it.observations,
            })
            .collect(),
        fuel_used: rolled().map(|it| it.fuel_used).sum(),
        duration: rolled().map(|it| it.duration).sum::<Duration>(),
        evaluated: rolled().all(|it| !it.recalled) && rolled().next().is_some(),
    }
}
