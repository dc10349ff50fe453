//! How one policy comes to its part of a decision: chosen, recalled or evaluated, judged.
//!
//! No lock is held while a guest runs, and no slot while another request's evaluation is waited for.

mod recalling;

use std::sync::Arc;
use std::time::Duration;

use lictor_engine::{Evaluation, Log, View};
use lictor_policy::{Decision, Documents, Fault, Observations, Request};

use crate::admit::{Admitted, Places};
use crate::binding::{Binding, BoundPolicy, Layer, Side};
use crate::breaker::Asked;
use crate::decision_id::DecisionId;
use crate::host::Host;
use crate::judge::{self, FailurePolicy};
use crate::notice;
use crate::outcome::{PolicyOutcome, Verdict, nothing_asked};
use crate::recall::{Met, Tally};
use crate::rollout::{Heard, Members, Sides};
use crate::view::Route;

/// One request on its way through the stages.
pub(crate) struct Course<'a> {
    pub(crate) host: &'a Host,
    pub(crate) request: &'a Request,
    pub(crate) admitted: Admitted<'a>,
    pub(crate) decision_id: DecisionId,
    /// The places that it takes where a guest has to run. Without, on a thread that must not be busy, it stops there.
    pub(crate) places: Option<&'a mut Places>,
    /// When the first policy had to be evaluated.
    pub(crate) began: Option<Duration>,
    /// How its policies were come by.
    pub(crate) tally: Tally,
}

/// Why a request comes to no decision.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A guest would have to run, or much be read, on a thread that must not be busy.
    Busy,
    Fault(Fault),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Halt::Fault(fault)
    }
}

impl<'a> Course<'a> {
    /// Runs the policies of one layer in order, under the request's one view, where the candidates of these rollouts count. What
    /// was heard for another version and can't differ is taken over.
    pub(crate) fn run(
        &mut self,
        layer: Layer,
        sides: Sides,
        heard: &mut Heard,
    ) -> Result<Members, Halt> {
        let view = self.admitted.view;
        let (bindings, on_failure) = match layer {
            Layer::Base => (&view.base.bindings, FailurePolicy::Deny),
            Layer::Tenant => (&view.bindings, view.settings.on_failure),
        };
        let data = view.documents(layer, sides);
        let mut members = Members::new();
        for route in bindings.iter() {
            let Some((side, binding)) = route.choose(sides) else {
                continue;
            };
            let matters = view.rollouts.that_matter(route.rollout(), sides);
            let known = heard.find(layer, route.policy(), matters);
            let member = match known {
                Some(member) => member,
                None => {
                    let stage = Stage {
                        layer,
                        side,
                        data: &data,
                        route,
                    };
                    heard.push(self.run_one(stage, binding, on_failure)?, matters)
                }
            };
            members.push(member);
        }
        Ok(members)
    }

    /// Stage 2: a binding that doesn't apply to the request is passed over.
    fn run_one(
        &mut self,
        stage: Stage<'_>,
        current: &Arc<Binding>,
        on_failure: FailurePolicy,
    ) -> Result<PolicyOutcome, Halt> {
        if !current.applies(self.request) {
            return Ok(Ran::not(stage, current).said(Verdict::NotApplicable));
        }
        // Before recall: what is revoked isn't remembered either.
        if let Some(revoked) = current.revoked() {
            let ran = Ran::not(stage, current);
            return self.judge(stage, on_failure, revoked.clone(), ran);
        }
        if self.is_suspended(stage) {
            let ran = Ran::not(stage, current);
            return self.judge(stage, on_failure, Fault::Suspended, ran);
        }
        // A document that isn't there must not answer as one that never was.
        if let Some(missing) = self.admitted.view.missing(stage.layer) {
            let ran = Ran::not(stage, current);
            return self.judge(stage, on_failure, missing.clone(), ran);
        }
        let (outcome, ran) = self.decide(stage, current)?;
        // It may have waited long for an evaluator.
        if self.is_suspended(stage) {
            return self.judge(stage, on_failure, Fault::Suspended, ran);
        }
        match outcome {
            Ok(decision) => Ok(ran.said(Verdict::Decided(decision))),
            Err(fault) => self.judge(stage, on_failure, fault, ran),
        }
    }

    /// Whether an operator has suspended the policy, in whichever version.
    fn is_suspended(&self, stage: Stage<'_>) -> bool {
        let state = &self.host.state;
        let tenant = &self.admitted.tenant.name;
        state.suspensions.now().is_some_and(|suspended| {
            suspended.has_policy(stage.layer, tenant, stage.route.policy(), &*state.clock)
        })
    }

    /// Stage 3: what the policy decided after the same answers, or else what it decides now.
    fn decide(&mut self, stage: Stage<'_>, binding: &Arc<Binding>) -> Result<Decided, Halt> {
        let Some(memory) = self.admitted.tenant.memory.as_deref() else {
            return self.evaluate(stage, binding);
        };
        match self.look(memory, stage, binding) {
            Met::Decided(remembered) => Ok(self.recalled(stage, binding, remembered)),
            Met::Missing(place) => {
                // Who isn't let through waits for nobody and takes no place.
                let asked = self.asked(stage, &binding.described);
                if let Some(cut) = asked.and_then(|asked| asked.cut()) {
                    return Ok((Err(cut), Ran::not(stage, binding)));
                }
                self.evaluate_one_of_many(memory, stage, binding, place)
            }
            Met::Never => self.evaluate_unrecallable(stage, binding),
            Met::Dear => Err(Halt::Busy),
        }
    }

    /// Stage 4: a fresh store and instance, limits set, one call.
    fn evaluate(&mut self, stage: Stage<'_>, binding: &Binding) -> Result<Decided, Halt> {
        let prepared = match binding.prepared() {
            Ok(prepared) => prepared,
            Err(fault) => return Ok((Err(fault), Ran::not(stage, binding))),
        };
        let asked = self.asked(stage, &binding.described);
        let pass = match asked.map(Asked::pass).transpose() {
            Ok(pass) => pass,
            Err(cut) => return Ok((Err(cut), Ran::not(stage, binding))),
        };
        let view = self.view(stage);
        let Some(places) = self.places.as_deref_mut() else {
            return Err(Halt::Busy);
        };
        places.enter(&self.admitted)?;
        places.start(self.host, &self.admitted, self.request)?;
        let clock = &self.host.state.clock;
        let began = clock.monotonic();
        self.began.get_or_insert(began);
        let Evaluation {
            outcome,
            fuel_used,
            tested_bytes,
            observations,
            log,
        } = prepared.evaluate(&view);
        let duration = clock.monotonic().saturating_sub(began);
        if let Some(pass) = pass {
            pass.end(&outcome);
        }
        if outcome.is_ok() {
            binding.note_decided();
        }
        binding.pace.note(duration);
        let ran = Ran {
            fuel_used,
            tested_bytes,
            duration,
            observations: Arc::new(observations),
            log,
            ..Ran::not(stage, binding)
        };
        Ok((outcome.map(Arc::new), ran))
    }

    fn view(&self, stage: Stage<'_>) -> View {
        View {
            request: self.request.clone(),
            data: stage.data.clone(),
            now_ms: self.admitted.moment.unix_ms(),
        }
    }

    /// For the breaker: who asks which policy. What is compared aside doesn't ask it and doesn't count: it must not change how
    /// those are answered who wait.
    fn asked<'b>(&self, stage: Stage<'_>, bound: &'b Arc<BoundPolicy>) -> Option<Asked<'b>>
    where
        'a: 'b,
    {
        if self.places.as_deref().is_some_and(Places::is_aside) {
            return None;
        }
        let state = &self.host.state;
        Some(Asked {
            tenant: &self.admitted.tenant.name,
            rules: &state.breaker,
            breakers: &self.admitted.tenant.breakers,
            clock: &*state.clock,
            layer: stage.layer,
            bound,
            subject_id: self.request.subject_id(),
        })
    }

    /// Stage 5: a fault becomes what the failure policy says.
    fn judge(
        &mut self,
        stage: Stage<'_>,
        on_failure: FailurePolicy,
        fault: Fault,
        mut ran: Ran,
    ) -> Result<PolicyOutcome, Halt> {
        let (tenant, id) = (&self.admitted.tenant.name, self.decision_id);
        notice::fault(tenant, id, stage.side, &ran.bound, &fault);
        // Stable, or what was before it, may be less strict than a candidate: it never answers for one. Nor does it answer for a
        // policy that is suspended, which is suspended itself.
        if on_failure == FailurePolicy::LastGood
            && fault != Fault::Suspended
            && stage.side == Side::Stable
            && let Some((answer, again)) = self.ask_last_good(stage)?
        {
            ran.fuel_used = ran.fuel_used.saturating_add(again.fuel_used);
            ran.duration += again.duration;
            let (fault, by) = (Box::new(fault), Some(again.bound));
            return Ok(ran.said(Verdict::Faulted { fault, answer, by }));
        }
        let answer = match stage.layer {
            Layer::Tenant => on_failure.decision(&ran.bound.policy, &fault),
            Layer::Base => judge::operators_fault(&fault),
        };
        let (fault, answer, by) = (Box::new(fault), Arc::new(answer), None);
        Ok(ran.said(Verdict::Faulted { fault, answer, by }))
    }

    /// The decision of the last good version, where there is one that applies to such requests and has no fault itself.
    fn ask_last_good(&mut self, stage: Stage<'_>) -> Result<Option<(Arc<Decision>, Ran)>, Halt> {
        let Some(last_good) = &stage.route.last_good else {
            return Ok(None);
        };
        let view = self.admitted.view;
        let may_run = last_good.revoked().is_none() && view.missing(stage.layer).is_none();
        if !may_run || !last_good.applies(self.request) {
            return Ok(None);
        }
        let (outcome, ran) = self.decide(stage, last_good)?;
        Ok(outcome.ok().map(|decision| (decision, ran)))
    }
}

/// One policy of a layer, and the documents that it reads.
#[derive(Clone, Copy)]
struct Stage<'a> {
    layer: Layer,
    side: Side,
    data: &'a Documents,
    route: &'a Route,
}

type Decided = (Result<Arc<Decision>, Fault>, Ran);

/// How one policy was run, without what it said.
struct Ran {
    layer: Layer,
    side: Side,
    bound: Arc<BoundPolicy>,
    recalled: bool,
    fuel_used: u64,
    tested_bytes: u64,
    duration: Duration,
    observations: Arc<Observations>,
    log: Log,
}

impl Ran {
    /// A policy that was not run.
    fn not(stage: Stage<'_>, binding: &Binding) -> Self {
        Self {
            layer: stage.layer,
            side: stage.side,
            bound: Arc::clone(&binding.described),
            recalled: false,
            fuel_used: 0,
            tested_bytes: 0,
            duration: Duration::ZERO,
            observations: nothing_asked(),
            log: Log::default(),
        }
    }

    fn said(self, verdict: Verdict) -> PolicyOutcome {
        let Ran {
            layer,
            side,
            bound,
            recalled,
            fuel_used,
            tested_bytes: _,
            duration,
            observations,
            log,
        } = self;
        PolicyOutcome {
            layer,
            side,
            bound,
            verdict,
            recalled,
            fuel_used,
            duration,
            observations,
            log,
        }
    }
}
