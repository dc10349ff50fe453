//! Recalled decisions that are evaluated again, off the caller's path, to see that recalling changes nothing.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use lictor_engine::{Evaluation, View};
use lictor_policy::{Blame, Fault};

use super::counts::Counter;
use super::report::{Distrust, RecallReport};
use super::tree::Remembered;
use crate::binding::Binding;
use crate::queue::FairQueue;
use crate::slots::Slots;
use crate::tenant::Tenant;

/// The most proofs that wait.
const WAITING_MAX: usize = 256;
/// The most contradictions that are kept for people.
const DISTRUSTED_MAX: usize = 64;

/// A recalled decision with all that it takes to come to it again.
pub(crate) struct Proof {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) binding: Arc<Binding>,
    pub(crate) view: View,
    pub(crate) recalled: Remembered,
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
            queue: Arc::new(FairQueue::new(WAITING_MAX)),
        };
        let queue = Arc::clone(&proofs.queue);
        thread::Builder::new()
            .name("lictor-prove".to_owned())
            .spawn(move || {
                while let Some(job) = queue.pop() {
                    // A panic is a bug of this host; it must not end the proving.
                    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
                }
            })?;
        Ok(proofs)
    }

    pub(super) fn push(&self, proof: Proof, slots: &Arc<Slots>, ledger: &Arc<Ledger>) {
        let (slots, ledger_of_job) = (Arc::clone(slots), Arc::clone(ledger));
        let tenant = proof.tenant.name.clone();
        let job = Box::new(move || ledger_of_job.enter(&proof, &slots));
        if self.queue.push(&tenant, job).is_err() {
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
        let Ok(_slot) = slots.take() else {
            self.unproved.add();
            return;
        };
        let again = proof.binding.prepared.evaluate(&proof.view);
        match judge(&again, &proof.recalled) {
            Judged::Same => self.proved.add(),
            Judged::Unknown => self.unproved.add(),
            Judged::Other => self.distrust(
                &proof.tenant,
                &proof.binding,
                Distrust {
                    tenant: proof.tenant.name.clone(),
                    bound: Arc::clone(&proof.binding.described),
                    unix_ms: proof.view.now_ms,
                    observations: Arc::new(again.observations),
                    remembered: Some(Arc::clone(&proof.recalled.observations)),
                },
            ),
        }
    }

    pub(super) fn distrust(&self, tenant: &Tenant, binding: &Binding, distrust: Distrust) {
        binding.distrust();
        if let Some(memory) = &tenant.memory {
            memory.clear();
        }
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
