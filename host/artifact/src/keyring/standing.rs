//! What one signature counts for, and what several do together.

use lictor_policy::{PolicyName, TenantName};

use super::TrustedKey;
use crate::{KeyId, UnixMs};

/// What a good signature counts for. Ordered from the one that says most about why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It counts.
    Counted,
    /// Its key is revoked.
    Revoked,
    /// Its key was valid until then.
    Expired(UnixMs),
    /// Its key is valid from then.
    NotYetValid(UnixMs),
    /// Its key signs other policies of this tenant.
    OtherPolicy,
    /// Its key signs for other tenants.
    OtherTenant,
    /// Its key doesn't sign keyrings and rollbacks.
    NoUpdates,
    /// The keyring doesn't name its key. Whether the signature is good wasn't looked at.
    Unknown,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Counted => f.write_str("counts"),
            Self::Revoked => f.write_str("key revoked"),
            Self::Expired(end) => write!(f, "key expired at {end}"),
            Self::NotYetValid(start) => write!(f, "key valid from {start}"),
            Self::OtherPolicy => f.write_str("key signs other policies"),
            Self::OtherTenant => f.write_str("key signs for other tenants"),
            Self::NoUpdates => f.write_str("key doesn't sign keyrings"),
            Self::Unknown => f.write_str("key unknown"),
        }
    }
}

impl TrustedKey {
    /// Whether the key is valid at a time.
    pub(crate) fn standing_at(&self, now: UnixMs) -> Standing {
        if let Some(start) = self.validity.begins_after(now) {
            Standing::NotYetValid(start)
        } else if let Some(end) = self.validity.ended_before(now) {
            Standing::Expired(end)
        } else {
            Standing::Counted
        }
    }

    /// Whether the key signs a policy of a tenant, at a time where validity is judged.
    pub(crate) fn standing_for(
        &self,
        tenant: &TenantName,
        policy: &PolicyName,
        now: Option<UnixMs>,
    ) -> Standing {
        if !self.tenants.contains(tenant) {
            Standing::OtherTenant
        } else if !self.policies.contains(policy) {
            Standing::OtherPolicy
        } else {
            now.map_or(Standing::Counted, |now| self.standing_at(now))
        }
    }
}

/// The signatures of one message, each with what it counts for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    signatures: Vec<(KeyId, Standing)>,
}

impl Tally {
    // INVARIANT: an envelope holds each key once, so that no key counts twice.
    pub(crate) fn add(&mut self, key: KeyId, standing: Standing) {
        self.signatures.push((key, standing));
    }

    pub(crate) fn counted(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.with(|standing| standing == Standing::Counted)
    }

    /// The keys whose signatures were checked, whether they count or not.
    pub(crate) fn checked(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.with(|standing| standing != Standing::Unknown)
    }

    fn with(&self, wanted: impl Fn(Standing) -> bool) -> impl Iterator<Item = KeyId> {
        self.signatures
            .iter()
            .filter(move |(_, standing)| wanted(*standing))
            .map(|(key, _)| *key)
    }

    pub(crate) fn reaches(&self, threshold: u32) -> bool {
        self.counted().count() as u64 >= u64::from(threshold)
    }

    /// The signature that says most about why none counts; none where some do.
    pub(crate) fn only_reason(&self) -> Option<(KeyId, Standing)> {
        let reason = self.signatures.iter().min_by_key(|(_, standing)| *standing);
        reason
            .copied()
            .filter(|(_, standing)| *standing != Standing::Counted)
    }

    pub(crate) fn into_signatures(self) -> Vec<(KeyId, Standing)> {
        self.signatures
    }
}
