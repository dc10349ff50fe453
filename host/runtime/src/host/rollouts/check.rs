//! What may be rolled out, and what is in the way. Must never change anything.

use std::collections::BTreeSet;
use std::sync::Arc;

use lictor_policy::{Document, DocumentName, PolicyName, TenantName};

use super::ready::Ready;
use crate::binding::Binding;
use crate::error::HostError;
use crate::host::{data, policies};
use crate::rollout::{Held, ROLLOUTS_MAX, Replacement, RolloutError, RolloutSpec, Rolls};
use crate::view::View;

/// Each policy and document once, and something at all.
pub(super) fn check_once(new: &Replacement) -> Result<(), RolloutError> {
    let mut seen = BTreeSet::new();
    let policies = new
        .bindings
        .iter()
        .map(|(name, _)| format!("policy {name}"));
    let documents = new
        .documents
        .iter()
        .map(|(name, _)| format!("document {name}"));
    for name in policies.chain(documents) {
        if !seen.insert(name.clone()) {
            return Err(RolloutError::Twice { name });
        }
    }
    if seen.is_empty() {
        return Err(RolloutError::Nothing);
    }
    Ok(())
}

/// No rollout that isn't over replaces the same.
pub(super) fn check_nothing_taken(
    rolls: &Rolls,
    tenant: &TenantName,
    ready: &Ready,
) -> Result<(), RolloutError> {
    if rolls.open(tenant).count() >= ROLLOUTS_MAX {
        let tenant = tenant.clone();
        return Err(RolloutError::TooMany { tenant });
    }
    for (policy, _) in &ready.new.bindings {
        check_policy_free(rolls, tenant, policy)?;
    }
    for (document, _) in &ready.new.documents {
        check_document_free(rolls, tenant, document)?;
    }
    Ok(())
}

/// No rollout is replacing the policy.
pub(in crate::host) fn check_policy_free(
    rolls: &Rolls,
    tenant: &TenantName,
    policy: &PolicyName,
) -> Result<(), HostError> {
    match rolls.replacing(tenant, policy) {
        None => Ok(()),
        Some(held) => Err(HostError::PolicyTaken {
            policy: policy.clone(),
            rollout: held.name.clone(),
        }),
    }
}

/// No rollout is replacing the document.
pub(in crate::host) fn check_document_free(
    rolls: &Rolls,
    tenant: &TenantName,
    document: &DocumentName,
) -> Result<(), HostError> {
    match rolls.replacing_document(tenant, document.as_str()) {
        None => Ok(()),
        Some(held) => Err(HostError::DocumentTaken {
            document: document.clone(),
            rollout: held.name.clone(),
        }),
    }
}

/// Versions mean what they say: a MAJOR one is compared first, and no version means two artifacts.
pub(super) fn check_versions(
    view: &View,
    spec: &RolloutSpec,
    ready: &Ready,
) -> Result<(), RolloutError> {
    for (policy, binding) in &ready.new.bindings {
        let (Some(stable), Some(new)) = (view.bindings.get(policy), binding) else {
            continue;
        };
        let (from, to) = (&stable.described, &new.described);
        if to.version.major > from.version.major && !spec.plan.starts_in_shadow() {
            return Err(RolloutError::Major {
                policy: policy.clone(),
                from: Box::new(from.version.clone()),
                to: Box::new(to.version.clone()),
                plan: spec.plan.name().to_owned(),
            });
        }
        let is_same = to.version.cmp_precedence(&from.version).is_eq();
        if is_same && to.artifact != from.artifact {
            return Err(RolloutError::SameVersion {
                policy: policy.clone(),
                version: Box::new(to.version.clone()),
            });
        }
    }
    Ok(())
}

/// What is there now of all that is to be replaced.
pub(super) fn before(view: &View, ready: &Ready) -> Result<Replacement, RolloutError> {
    let old = there(view, &ready.new);
    for ((policy, binding), (_, stable)) in ready.new.bindings.iter().zip(&old.bindings) {
        if binding.is_none() && stable.is_none() {
            let policy = policy.clone();
            return Err(RolloutError::UnknownPolicy { policy });
        }
    }
    for ((name, document), (_, stable)) in ready.new.documents.iter().zip(&old.documents) {
        if document.is_none() && stable.is_none() {
            let document = name.clone();
            return Err(RolloutError::UnknownDocument { document });
        }
    }
    Ok(old)
}

/// What is in the place of something new, without the files of its documents.
pub(super) fn there(view: &View, new: &Replacement) -> Replacement {
    let (bindings, documents) = (new.bindings.iter(), new.documents.iter());
    Replacement {
        bindings: bindings
            .map(|(policy, _)| (policy.clone(), view.bindings.get(policy).cloned()))
            .collect(),
        documents: documents
            .map(|(name, _)| (name.clone(), view.data.get(name.as_str()).cloned()))
            .collect(),
        texts: Vec::new(),
    }
}

/// The tenant has room for everything, whether what is new is promoted or not.
pub(super) fn check_room(view: &View, ready: &Ready) -> Result<(), RolloutError> {
    data::check_room(view, &ready.new.documents(&view.data))?;
    let added = ready.new.bindings.iter();
    let added = added
        .filter(|(policy, _)| !view.bindings.has(policy))
        .count();
    policies::check_count(view.bindings.len() + added)?;
    Ok(())
}

/// What a rollout had put in place is still what is there.
pub(super) fn check_still_there(view: &View, held: &Held) -> Result<(), RolloutError> {
    let superseded = |name: String| RolloutError::Superseded {
        rollout: held.name.clone(),
        name,
    };
    let Some(swap) = &held.swap else {
        let first = held.replaces.first();
        let name = first.map(|it| it.name().to_owned());
        return Err(superseded(name.unwrap_or_default()));
    };
    let revision = |it: &Arc<Binding>| it.described.revision;
    for (policy, binding) in &swap.new.bindings {
        if view.bindings.get(policy).map(revision) != binding.as_ref().map(revision) {
            return Err(superseded(policy.to_string()));
        }
    }
    for (name, document) in &swap.new.documents {
        if !is_same(view.data.get(name.as_str()), document.as_ref()) {
            return Err(superseded(name.to_string()));
        }
    }
    Ok(())
}

/// Whether both are the same document, or none. Not whether both read the same, which would take long.
pub(super) fn is_same(one: Option<&Document>, other: Option<&Document>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (None, None) => true,
        _ => false,
    }
}
