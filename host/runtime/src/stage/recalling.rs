//! What was decided after the same answers is recalled; what wasn't is evaluated by one of those who miss it, and remembered.

use std::sync::Arc;
use std::time::Duration;

use lictor_engine::{Log, TESTED_BYTE};
use lictor_policy::Sources;

use super::{Course, Decided, Halt, Ran, Stage};
use crate::binding::Binding;
use crate::recall::{Memory, Met, News, Proof, Remembered, Sight, Turn};

impl Course<'_> {
    pub(super) fn look(&self, memory: &Memory, stage: Stage<'_>, binding: &Binding) -> Met {
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

    pub(super) fn recalled(
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
    pub(super) fn evaluate_one_of_many(
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
    pub(super) fn evaluate_unrecallable(
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
}
