//! Rollouts by name, and names for those that were given none.

use lictor_policy::{Document, RolloutName, TenantName};

use super::ready::Ready;
use crate::rollout::{Held, Replacement, RolloutError, RolloutSpec, Rolls};

pub(super) fn find<'a>(
    rolls: &'a Rolls,
    tenant: &TenantName,
    rollout: &RolloutName,
) -> Result<&'a Held, RolloutError> {
    let found = rolls.get(tenant, rollout);
    found.ok_or_else(|| RolloutError::Unknown {
        tenant: tenant.clone(),
        rollout: rollout.clone(),
    })
}

/// The name that was given, or one made of what is new: the same on every node that rolls out the same.
pub(super) fn name_of(
    rolls: &Rolls,
    tenant: &TenantName,
    spec: &RolloutSpec,
    ready: &Ready,
) -> Result<RolloutName, RolloutError> {
    if let Some(name) = &spec.name {
        return match rolls.get(tenant, name) {
            None => Ok(name.clone()),
            Some(_) => Err(RolloutError::Exists {
                tenant: tenant.clone(),
                rollout: name.clone(),
            }),
        };
    }
    let stem = stem(&ready.new);
    let free = (1..).find_map(|number| {
        let name = match number {
            1 => stem.clone(),
            _ => format!("{stem}-{number}"),
        };
        let name: RolloutName = name.parse().ok()?;
        rolls.get(tenant, &name).is_none().then_some(name)
    });
    free.ok_or(RolloutError::Nothing)
}

/// The most bytes of the first name in it, so that a digest and a number fit behind it.
const STEM_BYTES_MAX: usize = 40;

fn stem(new: &Replacement) -> String {
    let mut hasher = blake3::Hasher::new();
    for (policy, binding) in &new.bindings {
        hasher.update(policy.as_str().as_bytes());
        let revision = binding.as_ref().map(|it| it.described.revision);
        hasher.update(revision.as_ref().map_or(&[], |it| it.as_bytes()));
    }
    for (name, document) in &new.documents {
        hasher.update(name.as_str().as_bytes());
        let bytes = document.as_ref().map_or(0, Document::byte_len) as u64;
        hasher.update(&bytes.to_le_bytes());
    }
    let policy = new.bindings.first().map(|(policy, _)| policy.as_str());
    let first = policy.unwrap_or("data");
    let first = first.get(..STEM_BYTES_MAX).unwrap_or(first);
    let digest = hasher.finalize().to_hex();
    let digest = digest.get(..8).unwrap_or_default();
    format!("{}-{digest}", first.trim_end_matches('-'))
}
