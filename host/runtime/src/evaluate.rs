//! The path of a request, from a tenant's name and a request to a decision, in stages.
//!
//! Each stage takes what the one before it proved. Stages 2 to 5, which are about one policy each, stand in `stage.rs`.

use std::sync::Arc;
use std::time::Duration;

use lictor_policy::{Decision, Effect, Fault, Request, combine, stricter, tighten};

use crate::admit::{Admitted, Places};
use crate::binding::Layer;
use crate::decision_id::DecisionId;
use crate::host::Host;
use crate::judge;
use crate::outcome::{Outcome, Policies, PolicyOutcome, nothing_asked};
use crate::recall::Tally;
use crate::record::Record;
use crate::rollout::Heard;
use crate::stage::{Course, Halt};
use crate::suspend::Whose;

impl Host {
    /// Decides one request that was admitted, on a thread that may be busy.
    pub(crate) fn decide(
        &self,
        admitted: Admitted<'_>,
        places: &mut Places,
        request: &Request,
    ) -> Result<Outcome, Fault> {
        match self.pass(admitted, Some(places), request) {
            Ok(outcome) => Ok(outcome),
            Err(Halt::Fault(fault)) => Err(fault),
            Err(Halt::Busy) => Err(Fault::Internal {
                detail: "a policy was run nowhere".to_owned(),
            }),
        }
    }

    /// Decides one request that was admitted, on a thread that must not be busy: where a guest would have to run there is no
    /// decision, and nothing has happened.
    pub(crate) fn decide_here(
        &self,
        admitted: Admitted<'_>,
        request: &Request,
    ) -> Result<Option<Outcome>, Fault> {
        match self.pass(admitted, None, request) {
            Ok(outcome) => Ok(Some(outcome)),
            Err(Halt::Fault(fault)) => Err(fault),
            Err(Halt::Busy) => Ok(None),
        }
    }

    fn pass(
        &self,
        admitted: Admitted<'_>,
        places: Option<&mut Places>,
        request: &Request,
    ) -> Result<Outcome, Halt> {
        let decision_id = self.state.ids.next();
        // Before anything else, and again when there is a decision: it may have waited long for a thread or an evaluator.
        if let Some(whose) = self.suspended(&admitted, request) {
            return Ok(self.deny_suspended(admitted, request, decision_id, whose)?);
        }
        let mut course = Course {
            host: self,
            request,
            admitted,
            decision_id,
            places,
            began: None,
            tally: Tally::default(),
        };

        // 2 choose: which versions have a say. Usually one; two where the stricter of both counts.
        let view = admitted.view;
        let chosen = view.rollouts.choose(request);
        let mut heard = Heard::default();
        let mut strictest: Option<Arc<Decision>> = None;
        for sides in chosen.versions() {
            // 3 recall, 4 evaluate, 5 judge: each layer's policies in order, under one view.
            let base = course.run(Layer::Base, sides, &mut heard)?;
            let own = course.run(Layer::Tenant, sides, &mut heard)?;

            // 6 combine: the strictest of the tenant's own, or its default; then the base may tighten.
            let said = combined(
                heard.of(&base),
                heard.of(&own),
                view.settings.default_effect,
            );
            strictest = Some(match strictest {
                None => said,
                Some(before) => Arc::new(stricter(&before, &said)),
            });
        }
        let duration = course.began.map(|began| {
            let now = self.state.clock.monotonic();
            now.saturating_sub(began)
        });
        let mut outcome = Outcome {
            decision_id,
            decision: strictest.unwrap_or_else(|| judge::undecided(Effect::Deny).into()),
            policies: heard.policies,
            duration: duration.unwrap_or_default(),
        };

        if let Some(whose) = self.suspended(&admitted, request) {
            return Ok(self.deny_suspended(admitted, request, decision_id, whose)?);
        }

        // 7 record: before the caller learns the decision.
        self.state.sink.emit(|| {
            Record::new(
                admitted.tenant,
                request,
                admitted.moment.unix_ms(),
                &outcome,
            )
        })?;
        course.settle();
        self.compare_later(&admitted, request, decision_id, chosen, || Heard {
            policies: outcome.policies.clone(),
            matters: heard.matters,
        });
        hide_base(&mut outcome);
        Ok(outcome)
    }
}

// What an operator has stopped.
impl Host {
    /// Whether the request's agent or its tenant is suspended.
    pub(crate) fn suspended(&self, admitted: &Admitted<'_>, request: &Request) -> Option<Whose> {
        let suspended = self.state.suspensions.now()?;
        suspended.of_request(&admitted.tenant.name, request, &*self.state.clock)
    }

    /// The decision in the place of one that isn't given: recorded like any other, and no policy had a say.
    #[cold]
    fn deny_suspended(
        &self,
        admitted: Admitted<'_>,
        request: &Request,
        decision_id: DecisionId,
        whose: Whose,
    ) -> Result<Outcome, Fault> {
        let outcome = Outcome {
            decision_id,
            decision: Arc::new(whose.decision()),
            policies: Policies::new(),
            duration: Duration::ZERO,
        };
        let record = || {
            Record::new(
                admitted.tenant,
                request,
                admitted.moment.unix_ms(),
                &outcome,
            )
        };
        self.state.sink.emit(record)?;
        Ok(outcome)
    }
}

/// Stage 6: one decision of all. A binding that doesn't apply counts as an abstention.
pub(crate) fn combined<'a>(
    base: impl Iterator<Item = &'a PolicyOutcome> + Clone,
    tenant: impl Iterator<Item = &'a PolicyOutcome> + Clone,
    default_effect: Effect,
) -> Arc<Decision> {
    if let Some(alone) = only_speaker(base.clone(), tenant.clone()) {
        return Arc::clone(alone);
    }
    let own = own_decision(tenant, default_effect);
    Arc::new(tighten(own, said(base).map(|it| &**it)))
}

/// What the tenant's own policies decide together.
pub(crate) fn own_decision<'a>(
    tenant: impl Iterator<Item = &'a PolicyOutcome> + Clone,
    default_effect: Effect,
) -> Decision {
    let own = combine(said(tenant).map(|it| &**it));
    own.unwrap_or_else(|| judge::undecided(default_effect))
}

/// The one decision that is all there is to combine, where it is so: then nothing has to be copied.
fn only_speaker<'a>(
    base: impl Iterator<Item = &'a PolicyOutcome> + Clone,
    tenant: impl Iterator<Item = &'a PolicyOutcome> + Clone,
) -> Option<&'a Arc<Decision>> {
    let own = said(tenant).filter(|decision| decision.effect != Effect::Abstain);
    let strictest = own.clone().map(|decision| decision.effect).max()?;
    let tightening = said(base).filter(|decision| decision.effect > Effect::Allow);
    let strictest = tightening
        .clone()
        .map(|decision| decision.effect)
        .fold(strictest, Effect::max);
    let mut loudest = own
        .chain(tightening)
        .filter(|decision| decision.effect == strictest);
    let alone = loudest.next().filter(|_| loudest.next().is_none())?;
    // Combining keeps equal obligations and annotations once, also those of one policy.
    let is_plain = alone.obligations.len() <= 1 && alone.annotations.len() <= 1;
    is_plain.then_some(alone)
}

fn said<'a>(
    policies: impl Iterator<Item = &'a PolicyOutcome> + Clone,
) -> impl Iterator<Item = &'a Arc<Decision>> + Clone {
    policies.filter_map(|policy| policy.verdict.decision())
}

/// Makes of an outcome what the tenant may see of it: what the base layer asked is the operator's affair.
fn hide_base(outcome: &mut Outcome) {
    for policy in outcome
        .policies
        .iter_mut()
        .filter(|policy| policy.layer == Layer::Base)
    {
        policy.observations = nothing_asked();
        policy.log = lictor_engine::Log::default();
        policy.fuel_used = 0;
        policy.duration = Duration::ZERO;
    }
}
