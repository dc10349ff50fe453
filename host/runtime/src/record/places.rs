//! Who holds how much of the queue of records, so that one tenant can't lose the records of the others.
//!
//! Must never hold its lock for longer than it takes to count.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lictor_policy::{Decision, TenantName};

use super::Record;
use crate::outcome::PolicyOutcome;

/// How many bytes a record may have on average, when as many wait as may.
const RECORD_BYTES_MEAN: usize = 16 * 1024;

/// What a record weighs at least.
const RECORD_BYTES_MIN: usize = 1024;

/// What a log line weighs besides its text.
const LINE_OVERHEAD_BYTES: usize = 32;

/// The places of a queue.
#[derive(Debug)]
pub(super) struct Places {
    all: Held,
    of_one_tenant: Held,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    together: Held,
    tenants: HashMap<TenantName, Held>,
}

/// A number of records and their bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    records: usize,
    bytes: usize,
}

impl Held {
    /// With one more record, if that is within the limit.
    fn with(self, bytes: usize, limit: Held) -> Option<Self> {
        let more = Self {
            records: self.records.checked_add(1)?,
            bytes: self.bytes.checked_add(bytes)?,
        };
        (more.records <= limit.records && more.bytes <= limit.bytes).then_some(more)
    }

    fn without(self, bytes: usize) -> Self {
        Self {
            records: self.records.saturating_sub(1),
            bytes: self.bytes.saturating_sub(bytes),
        }
    }
}

impl Places {
    /// So many records, and bytes for as many of middling size. One tenant gets half, rounded up.
    pub(super) fn new(records: usize) -> Self {
        let records = records.max(1);
        let bytes = records.saturating_mul(RECORD_BYTES_MEAN);
        Self {
            all: Held { records, bytes },
            of_one_tenant: Held {
                records: records.div_ceil(2),
                bytes: bytes.div_ceil(2),
            },
            taken: Mutex::default(),
        }
    }

    /// A place for a record, if there is one.
    pub(super) fn take(self: &Arc<Self>, record: &Record) -> Option<Place> {
        let bytes = weight(record);
        let mut taken = self.taken();
        let held = taken.tenants.get(&record.tenant).copied();
        let held = held.unwrap_or_default().with(bytes, self.of_one_tenant)?;
        taken.together = taken.together.with(bytes, self.all)?;
        taken.tenants.insert(record.tenant.clone(), held);
        Some(Place {
            places: Arc::clone(self),
            tenant: record.tenant.clone(),
            bytes,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place of one record, which is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    tenant: TenantName,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.together = taken.together.without(self.bytes);
        if let Entry::Occupied(mut held) = taken.tenants.entry(self.tenant.clone()) {
            let rest = held.get().without(self.bytes);
            if rest.records == 0 {
                held.remove();
            } else {
                held.insert(rest);
            }
        }
    }
}

fn weight(record: &Record) -> usize {
    let policies = record.outcome.policies.iter().map(policy_bytes);
    let bytes = record.request.document().byte_len()
        + decision_bytes(&record.outcome.decision)
        + policies.sum::<usize>();
    bytes.max(RECORD_BYTES_MIN)
}

fn policy_bytes(policy: &PolicyOutcome) -> usize {
    let lines = policy.log.lines().iter();
    size_of::<PolicyOutcome>()
        + policy.observations.as_bytes().len()
        + policy
            .verdict
            .decision()
            .map_or(0, |decision| decision_bytes(decision))
        + lines
            .map(|line| line.message.len() + LINE_OVERHEAD_BYTES)
            .sum::<usize>()
}

fn decision_bytes(decision: &Decision) -> usize {
    let reasons = decision.reasons.iter().map(|reason| {
        reason.code.len() + reason.message.len() + annotation_bytes(&reason.annotations)
    });
    let obligations = decision.obligations.iter().map(|it| {
        it.id.len() + it.kind.len() + it.properties.len() + annotation_bytes(&it.annotations)
    });
    reasons.sum::<usize>() + obligations.sum::<usize>() + annotation_bytes(&decision.annotations)
}

fn annotation_bytes(annotations: &[(String, String)]) -> usize {
    annotations
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum()
}
