//! Recalled decisions that are evaluated again, off the caller's path, to see that recalling changes nothing.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use lictor_engine::{Evaluation, View};
use lictor_policy::{Blame, Fault, Priority};

use super::counts::Counter;
use super::memory::Memory;
use super::report::{Distrust, RecallReport};
use super::tree::Remembered;
use crate::admit::{Caller, FairQueue, Slots};
use crate::binding::{Binding, Layer};
use crate::clock::Clock;
use crate::notice;
use crate::suspend::Suspensions;
use crate::tenant::Tenant;

/// The most proofs that wait.
const WAITING_MAX: usize = 256;
/// The most proofs of one tenant that wait, so that one whose decisions are all recalled leaves room for those of others.
const OF_TENANT_MAX: usize = 4;
/// The most contradictions that are kept for people.
const DISTRUSTED_MAX: usize = 64;

/// A recalled decision with all that it takes to come to it again.
pub(crate) struct Proof {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) layer: Layer,
    pub(crate) binding: Arc<Binding>,
    pub(crate) suspensions: Arc<Suspensions>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) view: View,
    pub(crate) recalled: Remembered,
}

impl Proof {
    fn is_suspended(&self) -> bool {
        let (tenant, clock) = (&self.tenant.name, &*self.clock);
        self.suspensions.now().is_some_and(|suspended| {
            let policy = &self.binding.described.policy;
            let request = &self.view.request;
            suspended.has_policy(self.layer, tenant, policy, clock)
                || suspended.of_request(tenant, request, clock).is_some()
        })
    }
}

/// The thread that proves, behind a bounded queue that serves tenants in turn.
#[derive(Debug)]
pub(super) struct Proofs {
    queue: Arc<FairQueue>,
}

/// What was proved, and what was refuted.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    proved: Counter,
    unproved: Counter,
    contradictions: Counter,
    distrusted: Mutex<VecDeque<Distrust>>,
}

impl Proofs {
    pub(super) fn start() -> io::Result<Self> {
        let proofs = Self {
            queue: Arc::new(FairQueue::shared(WAITING_MAX, OF_TENANT_MAX)),
        };
        let queue = Arc::clone(&proofs.queue);
        thread::Builder::new()
            .name("lictor-prove".to_owned())
            .spawn(move || while queue.run_next() {})?;
        Ok(proofs)
    }

    pub(super) fn push(&self, proof: Proof, slots: &Arc<Slots>, ledger: &Arc<Ledger>) {
        let (slots, ledger_of_job) = (Arc::clone(slots), Arc::clone(ledger));
        let tenant = proof.tenant.name.clone();
        let job = Box::new(move |_| ledger_of_job.enter(&proof, &slots));
        if self.queue.push(Caller::of(&tenant), job).is_err() {
            ledger.unproved.add();
        }
    }
}

impl Drop for Proofs {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Ledger {
    fn enter(&self, proof: &Proof, slots: &Arc<Slots>) {
        // What was revoked or suspended since doesn't run for a proof either.
        if proof.binding.revoked().is_some() || proof.is_suspended() {
            self.unproved.add();
            return;
        }
        let caller = Caller {
            priority: Priority::Low,
            ..Caller::of(&proof.tenant.name)
        };
        let Ok(_slot) = slots.take(caller) else {
            self.unproved.add();
            return;
        };
        let Ok(prepared) = proof.binding.prepared() else {
            self.unproved.add();
            return;
        };
        let again = prepared.evaluate(&proof.view);
        match judge(&again, &proof.recalled) {
            Judged::Same => self.proved.add(),
            Judged::Unknown => self.unproved.add(),
            Judged::Other => {
                let distrust = Distrust {
                    tenant: proof.tenant.name.clone(),
                    bound: Arc::clone(&proof.binding.described),
                    unix_ms: proof.view.now_ms,
                    observations: Arc::new(again.observations),
                    remembered: Some(Arc::clone(&proof.recalled.observations)),
                };
                self.distrust(proof.tenant.memory.as_deref(), distrust);
            }
        }
    }

    /// Notes a contradiction, and clears the memory in which it is.
    pub(super) fn distrust(&self, memory: Option<&Memory>, distrust: Distrust) {
        if let Some(memory) = memory {
            memory.distrust(&distrust.bound.revision);
        }
        notice::contradicted(&distrust.tenant, &distrust.bound);
        self.contradictions.add();
        let mut distrusted = self
            .distrusted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if distrusted.len() == DISTRUSTED_MAX {
            distrusted.pop_front();
        }
        distrusted.push_back(distrust);
    }

    pub(super) fn report(&self) -> RecallReport {
        let distrusted = self
            .distrusted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        RecallReport {
            proved: self.proved.read(),
            unproved: self.unproved.read(),
            contradictions: self.contradictions.read(),
            distrusted: distrusted.iter().cloned().collect(),
            ..RecallReport::default()
        }
    }
}

enum Judged {
    Same,
    /// The evaluation was cut short by the machine, which says nothing about the policy.
    Unknown,
    Other,
}

fn judge(again: &Evaluation, recalled: &Remembered) -> Judged {
    match &again.outcome {
        Ok(decision)
            if *decision == *recalled.decision && again.observations == *recalled.observations =>
        {
            Judged::Same
        }
        Err(Fault::DeadlineExceeded { .. }) => Judged::Unknown,
        Err(fault) if fault.blame() != Blame::Policy => Judged::Unknown,
        _ => Judged::Other,
    }
}

#[cfg(test)]
mod tests {
    use lictor_engine::{Log, Start};
    use lictor_policy::{Decision, Digest, Effect, Observations};

    use super::super::budget::Budget;
    use super::*;
    use crate::binding::BoundPolicy;

    fn asked(unix_ms: u64) -> Observations {
        let mut observations = Observations::new();
        observations.push_before(unix_ms, true);
        observations
    }

    fn judged(outcome: Result<Decision, Fault>, observations: Observations) -> Judged {
        let again = Evaluation {
            outcome,
            fuel_used: 0,
            tested_bytes: 0,
            observations,
            log: Log::default(),
        };
        judge(&again, &recalled())
    }

    fn recalled() -> Remembered {
        Remembered {
            decision: Arc::new(Decision::bare(Effect::Allow)),
            observations: Arc::new(asked(1)),
            fuel: 0,
        }
    }

    #[test]
    fn only_the_same_decision_after_the_same_questions_is_proved() {
        let allow = || Ok(Decision::bare(Effect::Allow));
        assert!(matches!(judged(allow(), asked(1)), Judged::Same));
        assert!(matches!(judged(allow(), asked(2)), Judged::Other));
        assert!(matches!(
            judged(allow(), Observations::new()),
            Judged::Other
        ));
        let deny = Ok(Decision::bare(Effect::Deny));
        assert!(matches!(judged(deny, asked(1)), Judged::Other));
        let trapped = Err(Fault::StackExhausted);
        assert!(matches!(judged(trapped, asked(1)), Judged::Other));
    }

    #[test]
    fn what_the_machine_cut_short_says_nothing_about_the_policy() {
        let faults = [
            Fault::DeadlineExceeded { limit_ms: 50 },
            Fault::Starved {
                limit_ms: 50,
                used_ms: 1,
            },
        ];
        for fault in faults {
            assert!(matches!(judged(Err(fault), asked(1)), Judged::Unknown));
        }
    }

    #[test]
    fn a_contradiction_clears_the_memory_and_is_told() {
        let bound = BoundPolicy {
            policy: "rule".parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
            artifact: Digest::of(b"artifact"),
            component: Digest::of(b"component"),
            revision: Digest::of(b"revision"),
            start: Start::Fresh,
        };
        let memory = Memory::new(Arc::new(Budget::new(1 << 20, 0)), 7);
        memory.remember(&bound.revision, recalled()).unwrap();
        let ledger = Ledger::default();
        let distrust = Distrust {
            tenant: "bank".parse().unwrap(),
            bound: Arc::new(bound),
            unix_ms: 1,
            observations: Arc::new(asked(2)),
            remembered: Some(Arc::new(asked(1))),
        };
        for _ in 0..=DISTRUSTED_MAX {
            ledger.distrust(Some(&memory), distrust.clone());
        }
        assert_eq!(memory.bytes(), 0);
        let report = ledger.report();
        assert_eq!(report.contradictions, 65);
        assert_eq!(report.distrusted.len(), DISTRUSTED_MAX);
        assert_eq!(report.distrusted[0].bound.policy.as_str(), "rule");
    }
}
