//! Decisions answered from memory because everything that the policy looked at is as it was.
//!
//! A policy has no state, so after the same answers it asks the same next question and comes to the same decision. What it
//! asked is kept as a tree for each tenant (`tree.rs`), whose roots are the revisions of its bindings, and to recall is to
//! ask this request, this version of the data and this moment each remembered question again. Must never remember a fault,
//! never share anything between tenants, and never answer where an answer differs by one byte.

mod budget;
mod counts;
mod flight;
mod memory;
mod proof;
mod questions;
mod report;
mod sightings;
mod tree;

use std::io;
use std::sync::Arc;

use lictor_policy::Observations;

pub(crate) use flight::{News, Turn};
pub(crate) use memory::{Memory, Met, Sight};
pub(crate) use proof::Proof;
pub use report::{Distrust, FanOut, RecallCounts, RecallReport, TenantRecall};
pub(crate) use tree::Remembered;

use crate::admit::Slots;
use crate::binding::BoundPolicy;
use crate::decision_id::DecisionId;
use crate::tenant::Tenant;
use budget::Budget;
use proof::{Ledger, Proofs};

/// What an operator may set about recalling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallSettings {
    /// Bytes that the memories of all tenants may take together. Default 256 MiB; with 0 nothing is recalled.
    pub bytes: usize,
    /// Bytes of these that each tenant has for itself; what others don't use of theirs is lent besides. Default 1 MiB, and less
    /// where there are so many tenants that this doesn't fit: an equal share for each.
    pub tenant_bytes: usize,
    /// One of so many recalled decisions is evaluated again, off the caller's path, to prove that it is right. Default 1,024;
    /// with 1 every one is, with 0 none.
    pub proof_one_in: u32,
}

impl Default for RecallSettings {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            tenant_bytes: 1 << 20,
            proof_one_in: 1024,
        }
    }
}

impl RecallSettings {
    /// Nothing is recalled: every policy is evaluated for every request.
    pub fn off() -> Self {
        Self {
            bytes: 0,
            ..Self::default()
        }
    }
}

/// What recalls, over all tenants.
#[derive(Debug)]
pub(crate) struct Recall {
    budget: Option<Arc<Budget>>,
    proof_one_in: u32,
    proofs: Proofs,
    ledger: Arc<Ledger>,
    seed: u64,
}

impl Recall {
    /// Sets up what recalls, with a thread that proves. `seed` makes the places in the tables ones that nobody can foresee.
    pub(crate) fn start(settings: &RecallSettings, seed: &[u8; 32]) -> io::Result<Self> {
        let budget = (settings.bytes > 0)
            .then(|| Arc::new(Budget::new(settings.bytes, settings.tenant_bytes)));
        let seed = blake3::keyed_hash(seed, b"places in memory");
        let seed = seed.as_bytes().first_chunk().copied().unwrap_or_default();
        Ok(Self {
            budget,
            proof_one_in: settings.proof_one_in,
            proofs: Proofs::start()?,
            ledger: Arc::default(),
            seed: u64::from_le_bytes(seed),
        })
    }

    /// The memory for a new tenant; none where nothing is recalled.
    pub(crate) fn memory(&self) -> Option<Arc<Memory>> {
        let budget = self.budget.as_ref()?;
        Some(Memory::new(Arc::clone(budget), self.seed))
    }

    /// Whether the recalled decision of this id is to be proved. The ids are random, so no policy can tell.
    pub(crate) fn is_to_be_proved(&self, id: DecisionId) -> bool {
        match u64::from(self.proof_one_in) {
            0 => false,
            one_in => id.number().is_multiple_of(one_in),
        }
    }

    /// Has a recalled decision evaluated again when there is time.
    pub(crate) fn prove(&self, proof: Proof, slots: &Arc<Slots>) {
        self.proofs.push(proof, slots, &self.ledger);
    }

    /// Stops recalling for this tenant a policy that contradicted itself, and forgets what the tenant remembered.
    pub(crate) fn distrust(
        &self,
        tenant: &Tenant,
        bound: &Arc<BoundPolicy>,
        now_ms: u64,
        observations: Arc<Observations>,
    ) {
        let distrust = Distrust {
            tenant: tenant.name.clone(),
            bound: Arc::clone(bound),
            unix_ms: now_ms,
            observations,
            remembered: None,
        };
        self.ledger.distrust(tenant.memory.as_deref(), distrust);
    }

    /// What it did so far, without what each tenant's memory counts.
    pub(crate) fn report(&self) -> RecallReport {
        RecallReport {
            bytes: self.budget.as_ref().map_or(0, |budget| budget.used()),
            ..self.ledger.report()
        }
    }
}

impl Memory {
    /// What it holds, for people.
    pub(crate) fn described(&self) -> TenantRecall {
        self.report()
    }

    pub(crate) fn counted(&self) -> RecallCounts {
        self.counts.read()
    }

    /// Counts how the policies of a finished decision were come by.
    pub(crate) fn count(&self, tally: &Tally) {
        if tally.hits > 0 {
            self.counts.hits.add_many(tally.hits);
        }
        if tally.misses > 0 {
            self.counts.misses.add_many(tally.misses);
            self.counts.unrecallable.add_many(tally.unrecallable);
        }
    }
}

/// How the policies of one decision were come by. It counts once there is the decision, so that one that is begun on one
/// thread and done on another counts once.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// Of the misses, those that could never have been hits.
    pub(crate) unrecallable: u64,
    /// What is to be proved.
    pub(crate) proofs: Vec<Proof>,
}

impl RecallCounts {
    /// These and others together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            misses: self.misses + other.misses,
            unrecallable: self.unrecallable + other.unrecallable,
            refused: self.refused + other.refused,
            forgotten: self.forgotten + other.forgotten,
        }
    }
}
