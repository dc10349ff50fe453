//! A rollout for people: where it stands, what it has seen, and what comes next.

use std::time::Duration;

use lictor_policy::{Digest, Document, RolloutName, TenantName, Version};
use serde::{Deserialize, Serialize};

use super::guard::Reading;
use super::held::Held;
use super::plan::Plan;
use super::progress::{Moved, Stage};
use super::running::Replacement;
use super::tally::Counts;
use crate::binding::Binding;

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolloutStatus {
    /// The tenant.
    pub tenant: TenantName,
    /// The rollout.
    pub rollout: RolloutName,
    /// How it goes.
    pub plan: Plan,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it is paused there.
    pub paused: bool,
    /// Whether the phase is complete, and a person has to let it go on.
    pub waits: bool,
    /// How long it has been in this phase, while a host was up.
    pub time: Duration,
    /// How long the phase still takes at least; nothing where time isn't what it waits for.
    pub time_left: Option<Duration>,
    /// What it replaces.
    pub replaces: Vec<Replaced>,
    /// How many requests both versions have decided in this phase, by how they differed.
    pub phase: PairCounts,
    /// The same for all phases.
    pub total: PairCounts,
    /// How many were not compared because too many were waiting.
    pub dropped: u64,
    /// Each guard of this phase, with its number.
    pub guards: Vec<Reading>,
    /// Every move, the first first.
    pub moves: Vec<Moved>,
    /// Whether its last move has taken effect but could not be written down yet.
    pub unwritten: bool,
}

/// Requests that both versions decided, by how the decisions differed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairCounts {
    /// All of them.
    pub pairs: u64,
    /// Equal decisions.
    pub same: u64,
    /// Other words for the same.
    pub reworded: u64,
    /// The candidate is stricter.
    pub tightened: u64,
    /// The candidate is less strict.
    pub loosened: u64,
    /// The candidate alone had a fault.
    pub faulted: u64,
    /// The fuel of the candidate by that of stable, over pairs in which both were really evaluated.
    pub fuel_ratio: Option<f64>,
    /// The same of their times.
    pub time_ratio: Option<f64>,
}

impl PairCounts {
    pub(crate) fn of(counts: &Counts) -> Self {
        Self {
            pairs: counts.pairs(),
            same: counts.same,
            reworded: counts.reworded,
            tightened: counts.tightened,
            loosened: counts.loosened,
            faulted: counts.faulted,
            fuel_ratio: counts.cost.fuel_ratio(),
            time_ratio: counts.cost.time_ratio(),
        }
    }
}

/// A policy or document that a rollout replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Replaced {
    /// A policy.
    Policy {
        /// Its name.
        policy: String,
        /// What was there before.
        from: Option<ReplacedBinding>,
        /// What comes; nothing where the policy is taken away.
        to: Option<ReplacedBinding>,
    },
    /// A document.
    Document {
        /// Its name.
        document: String,
        /// How many bytes it had in memory before.
        from_bytes: Option<usize>,
        /// How many it has then; nothing where it is taken away.
        to_bytes: Option<usize>,
    },
}

/// One side of a policy that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplacedBinding {
    /// The version.
    pub version: Version,
    /// The artifact.
    pub artifact: Digest,
    /// The revision.
    pub revision: Digest,
}

impl RolloutStatus {
    pub(crate) fn new(tenant: &TenantName, held: &Held, uptime_ms: u64) -> Self {
        let progress = &held.progress;
        let phase = held.phase();
        let time = progress.time(uptime_ms);
        let (counted, total, guards) = held.ledger.read(|tally| {
            let readings = phase.map(|phase| phase.guards.readings(tally));
            (
                PairCounts::of(tally.phase()),
                PairCounts::of(&tally.total()),
                readings.unwrap_or_default(),
            )
        });
        Self {
            tenant: tenant.clone(),
            rollout: held.name.clone(),
            plan: held.plan.clone(),
            stage: progress.stage(),
            paused: progress.is_paused(),
            waits: held.is_complete(uptime_ms) && held.waits(),
            time,
            time_left: phase.map(|phase| phase.time.saturating_sub(time)),
            replaces: held.replaces.clone(),
            phase: counted,
            total,
            dropped: held.ledger.dropped(),
            guards,
            moves: progress.moves().to_vec(),
            unwritten: held.unwritten.is_some(),
        }
    }
}

impl Replaced {
    /// The name of the policy or document.
    pub fn name(&self) -> &str {
        match self {
            Replaced::Policy { policy, .. } => policy,
            Replaced::Document { document, .. } => document,
        }
    }

    /// All that is in the one in the place of the other; both have the same policies and documents in the same order.
    pub(crate) fn all(old: &Replacement, new: &Replacement) -> Vec<Self> {
        let policies = new.bindings.iter().zip(&old.bindings);
        let policies = policies.map(|((policy, to), (_, from))| Self::Policy {
            policy: policy.to_string(),
            from: from.as_deref().map(brief),
            to: to.as_deref().map(brief),
        });
        let documents = new.documents.iter().zip(&old.documents);
        let documents = documents.map(|((document, to), (_, from))| Self::Document {
            document: document.to_string(),
            from_bytes: from.as_ref().map(Document::byte_len),
            to_bytes: to.as_ref().map(Document::byte_len),
        });
        policies.chain(documents).collect()
    }
}

fn brief(binding: &Binding) -> ReplacedBinding {
    ReplacedBinding {
        version: binding.described.version.clone(),
        artifact: binding.described.artifact,
        revision: binding.described.revision,
    }
}
