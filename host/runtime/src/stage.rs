//! How one policy comes to its part of a decision: chosen, recalled or evaluated, judged.
//!
//! No lock is held while a guest runs, and no slot while another request's evaluation is waited for.

use std::sync::Arc;
use std::time::Duration;

use lictor_engine::{Evaluation, Log, TESTED_BYTE, View};
use lictor_policy::{Decision, Documents, Fault, Observations, Request, Sources};

use crate::admit::{Admitted, Places};
use crate::binding::{Binding, BoundPolicy, Layer, Side};
use crate::breaker::Asked;
use crate::decision_id::DecisionId;
use crate::host::Host;
use crate::judge::{self, FailurePolicy};
use crate::notice;
use crate::outcome::{PolicyOutcome, Verdict, nothing_asked};
use crate::recall::{Memory, Met, News, Proof, Remembered, Sight, Tally, Turn};
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

    fn look(&self, memory: &Memory, stage: Stage<'_>, binding: &Binding) -> Met {
        let Ok(prepared) = binding.prepared() else {
            return Met::Never;
        };
        let limits = prepared.limits();
        let sight = Sight {
            sources: Sources {
                request: self.request.document(),
                data: stage.data,
                parameters: prepared.parameters(),
            },
            moment: self.admitted.moment,
            answer_bytes_max: limits.answer_bytes,
            fuel_max: limits.fuel,
        };
        let revision = &binding.described.revision;
        if self.places.is_some() {
            memory.recall_anywhere(revision, &sight)
        } else {
            memory.recall_here(revision, &sight)
        }
    }

    fn recalled(
        &mut self,
        stage: Stage<'_>,
        binding: &Arc<Binding>,
        remembered: Remembered,
    ) -> Decided {
        self.tally.hits += 1;
        binding.note_decided();
        if self.host.state.recall.is_to_be_proved(self.decision_id) {
            self.tally.proofs.push(Proof {
                tenant: Arc::clone(self.admitted.tenant),
                layer: stage.layer,
                suspensions: Arc::clone(&self.host.state.suspensions),
                clock: Arc::clone(&self.host.state.clock),
                binding: Arc::clone(binding),
                view: self.view(stage),
                recalled: remembered.clone(),
            });
        }
        let Remembered {
            decision,
            observations,
            fuel: _,
        } = remembered;
        let ran = Ran {
            layer: stage.layer,
            side: stage.side,
            bound: Arc::clone(&binding.described),
            recalled: true,
            fuel_used: 0,
            tested_bytes: 0,
            duration: Duration::ZERO,
            observations,
            log: Log::default(),
        };
        (Ok(decision), ran)
    }

    /// Evaluates and remembers, or waits for a request that does this for the same missing place and then looks again.
    fn evaluate_one_of_many(
        &mut self,
        memory: &Memory,
        stage: Stage<'_>,
        binding: &Arc<Binding>,
        mut place: u64,
    ) -> Result<Decided, Halt> {
        let Some(places) = self.places.as_deref_mut() else {
            return Err(Halt::Busy);
        };
        places.enter(&self.admitted)?;
        // What is compared aside leads nobody: a request that somebody waits for never waits for it.
        let is_aside = places.is_aside();
        let clock = &self.host.state.clock;
        let deadline_ms = binding.prepared().map_or(0, |it| it.limits().deadline_ms);
        let at_most = Duration::from_millis(deadline_ms);
        let mut until = None;
        loop {
            if is_aside {
                break;
            }
            let turn = memory.take_turn(place, || {
                if let Some(places) = self.places.as_deref_mut() {
                    places.pause();
                }
                let now = clock.monotonic();
                // One end for all waits together.
                let until: &mut Duration = until.get_or_insert(now.saturating_add(at_most));
                until.saturating_sub(now)
            });
            let news = match turn {
                Turn::Lead(lead) => {
                    let decided = self.evaluate(stage, binding)?;
                    lead.end(self.missed(memory, binding, &decided));
                    return Ok(decided);
                }
                Turn::Look(news) => news,
                Turn::Alone => break,
            };
            match self.look(memory, stage, binding) {
                Met::Decided(remembered) => return Ok(self.recalled(stage, binding, remembered)),
                // Those who wait for one that leaves nothing to find go on side by side.
                Met::Missing(other) if other == place && news == News::Unrecallable => break,
                Met::Missing(other) => place = other,
                Met::Never => return self.evaluate_unrecallable(stage, binding),
                Met::Dear => break,
            }
        }
        let decided = self.evaluate(stage, binding)?;
        self.missed(memory, binding, &decided);
        Ok(decided)
    }

    /// Evaluates what is never recalled.
    fn evaluate_unrecallable(
        &mut self,
        stage: Stage<'_>,
        binding: &Binding,
    ) -> Result<Decided, Halt> {
        self.tally.misses += 1;
        self.tally.unrecallable += 1;
        self.evaluate(stage, binding)
    }

    /// Counts an evaluation, and remembers it if it can be.
    fn missed(&mut self, memory: &Memory, binding: &Binding, decided: &Decided) -> News {
        let news = self.remember(memory, binding, decided);
        self.tally.misses += 1;
        if news == News::Unrecallable {
            self.tally.unrecallable += 1;
        }
        news
    }

    /// Remembers a decision. A fault is never remembered.
    fn remember(&self, memory: &Memory, binding: &Binding, (outcome, ran): &Decided) -> News {
        let Ok(decision) = outcome else {
            return News::Failed;
        };
        // What ended with nothing left may have used more than is known.
        let fuel_max = binding.prepared().map_or(0, |it| it.limits().fuel);
        if ran.fuel_used >= fuel_max {
            return News::Unrecallable;
        }
        let tests = ran.tested_bytes.saturating_mul(TESTED_BYTE);
        let remembered = Remembered {
            decision: Arc::clone(decision),
            observations: Arc::clone(&ran.observations),
            fuel: ran.fuel_used.saturating_sub(tests),
        };
        memory
            .remember(&binding.described.revision, remembered)
            .unwrap_or_else(|_| {
                self.host.state.recall.distrust(
                    self.admitted.tenant,
                    &binding.described,
                    self.admitted.moment.unix_ms(),
                    Arc::clone(&ran.observations),
                );
                News::Unrecallable
            })
    }

    /// Counts what was recalled and what was not, and has proved what is to be proved: at the end, when there is a decision.
    pub(crate) fn settle(self) {
        if let Some(memory) = self.admitted.tenant.memory.as_deref() {
            memory.count(&self.tally);
        }
        for proof in self.tally.proofs {
            let state = &self.host.state;
            state.recall.prove(proof, &state.slots);
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
