//! What the host tells the log of the program that it runs in, through `tracing`: one event for each thing at its boundaries that
//! somebody may want to know of.
//!
//! All events have the target `lictor`, and fields that are named as in records: `tenant.id`, `policy.name`, `fault.code`. What
//! somebody has to look at is a warning. Must never tell anything of a request, of data, of parameters or of keys' secret halves;
//! and is never asked where a decision is recalled.

use lictor_artifact::Keyring;
use lictor_policy::{Blame, Fault, RolloutName, TenantName};
use lictor_state::{SuspensionTarget, TrustError};
use tracing::{debug, info, warn};

use crate::binding::{BindingSpec, BoundPolicy, Side};
use crate::decision_id::DecisionId;
use crate::error::{BindError, HostError};
use crate::host::{Stopped, Trouble, Troubled};
use crate::rollout::{RolloutError, Stage};

/// The target of all events.
const TARGET: &str = "lictor";

// --- Bindings

/// A policy was bound, or not.
pub(crate) fn bound(
    tenant: &TenantName,
    spec: &BindingSpec,
    by: &str,
    done: &Result<BoundPolicy, BindError>,
) {
    match done {
        Ok(bound) => info!(
            target: TARGET,
            {
                tenant.id = %tenant,
                policy.name = %bound.policy,
                policy.version = %bound.version,
                artifact.digest = %bound.artifact,
                revision.digest = %bound.revision,
                operator.name = by
            },
            "a policy is bound"
        ),
        Err(error) => refused(tenant, spec, by, error),
    }
}

/// A rollout could not begin.
pub(crate) fn not_rolled_out(tenant: &TenantName, by: &str, error: &RolloutError) {
    warn!(
        target: TARGET,
        {
            tenant.id = %tenant,
            operator.name = by,
            refusal.code = rollout_code(error)
        },
        "a rollout is refused"
    );
}

fn refused(tenant: &TenantName, spec: &BindingSpec, by: &str, error: &BindError) {
    let manifest = spec.artifact().manifest();
    warn!(
        target: TARGET,
        {
            tenant.id = %tenant,
            policy.name = %manifest.policy,
            policy.version = %manifest.version,
            operator.name = by,
            refusal.code = bind_code(error)
        },
        "a policy is refused"
    );
}

/// What a refusal is, without its words, which may be those of a policy about its parameters.
fn bind_code(error: &BindError) -> &'static str {
    match error {
        BindError::Host(error) => host_code(error),
        BindError::Build(_) => "host",
        BindError::Untrusted { source, .. } => trust_code(source),
        BindError::Major { .. } => "major",
        BindError::Limits { .. } => "limits",
        BindError::Refused { refusal, .. } => refusal.code(),
        BindError::Parameters { .. } => "parameters",
        BindError::TooManyPolicies { .. } => "too-many-policies",
        BindError::TooManyConditions { .. } => "too-many-conditions",
    }
}

fn host_code(error: &HostError) -> &'static str {
    match error {
        HostError::UnknownTenant { .. } => "unknown-tenant",
        HostError::State(_) => "state",
        HostError::PolicyTaken { .. } | HostError::DocumentTaken { .. } => "taken",
        _ => "host",
    }
}

fn trust_code(error: &TrustError) -> &'static str {
    match error {
        TrustError::State(_) => "state",
        _ => "untrusted",
    }
}

fn rollout_code(error: &RolloutError) -> &'static str {
    match error {
        RolloutError::Host(error) => host_code(error),
        RolloutError::Bind(error) => bind_code(error),
        RolloutError::Trust(error) => trust_code(error),
        RolloutError::Major { .. } => "major",
        _ => "rollout",
    }
}

// --- Evaluations

/// A policy had a fault. What keeps it from being run is told once, by what brought it about, and here only to who debugs.
pub(crate) fn fault(
    tenant: &TenantName,
    decision_id: DecisionId,
    side: Side,
    bound: &BoundPolicy,
    fault: &Fault,
) {
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                target: TARGET,
                {
                    tenant.id = %tenant,
                    decision.id = %decision_id,
                    policy.name = %bound.policy,
                    policy.version = %bound.version,
                    artifact.digest = %bound.artifact,
                    policy.is_candidate = side == Side::Candidate,
                    fault.code = fault.code(),
                    fault.blame = %fault.blame()
                },
                "a policy has a fault"
            )
        };
    }
    match fault {
        Fault::CircuitOpen { .. } => tell!(debug),
        _ if fault.blame() == Blame::Tenant => tell!(debug),
        _ => tell!(warn),
    }
}

/// A policy decided or asked otherwise after the same answers.
pub(crate) fn contradicted(tenant: &TenantName, bound: &BoundPolicy) {
    warn!(
        target: TARGET,
        {
            tenant.id = %tenant,
            policy.name = %bound.policy,
            policy.version = %bound.version,
            artifact.digest = %bound.artifact,
            revision.digest = %bound.revision
        },
        "a policy contradicts itself, and is recalled no more"
    );
}

/// A policy isn't run for a while: for all of a tenant's subjects, or for one of them.
pub(crate) fn circuit_opened(
    tenant: &TenantName,
    bound: &BoundPolicy,
    fault: &Fault,
    for_one_subject: bool,
) {
    warn!(
        target: TARGET,
        {
            tenant.id = %tenant,
            policy.name = %bound.policy,
            policy.version = %bound.version,
            fault.code = fault.code(),
            breaker.one_subject = for_one_subject
        },
        "a circuit is open"
    );
}

/// A policy is run again for all.
pub(crate) fn circuit_closed(tenant: &TenantName, bound: &BoundPolicy) {
    info!(
        target: TARGET,
        {
            tenant.id = %tenant,
            policy.name = %bound.policy,
            policy.version = %bound.version
        },
        "a circuit is closed"
    );
}

// --- Rollouts

/// A rollout was moved.
pub(crate) fn moved(
    tenant: &TenantName,
    rollout: &RolloutName,
    stage: Stage,
    (by, why): (&str, Option<&str>),
) {
    let why = why.unwrap_or_default();
    if by == "guard" {
        warn!(
            target: TARGET,
            {
                tenant.id = %tenant,
                rollout.name = %rollout,
                rollout.stage = %stage,
                operator.name = by,
                rollout.why = why
            },
            "a guard has stopped a rollout"
        );
    } else {
        info!(
            target: TARGET,
            {
                tenant.id = %tenant,
                rollout.name = %rollout,
                rollout.stage = %stage,
                operator.name = by,
                rollout.why = why
            },
            "a rollout is moved"
        );
    }
}

// --- Trust and state

/// Another keyring is in use, and stopped something or nothing.
pub(crate) fn keyring(keyring: &Keyring, by: &str, stopped: &[Stopped]) {
    info!(
        target: TARGET,
        {
            keyring.version = keyring.version(),
            keyring.digest = %keyring.digest(),
            operator.name = by,
            keyring.stopped = stopped.len()
        },
        "a keyring is in use"
    );
    for Stopped { tenant, bound, .. } in stopped {
        warn!(
            target: TARGET,
            {
                tenant.id = %tenant,
                policy.name = %bound.policy,
                policy.version = %bound.version,
                artifact.digest = %bound.artifact
            },
            "a policy is stopped, since the keyring doesn't trust it any more"
        );
    }
}

/// The wall clock was said to be right.
pub(crate) fn clock_accepted(by: &str) {
    warn!(
        target: TARGET,
        { operator.name = by },
        "the wall clock is taken as right again"
    );
}

/// Something was suspended, whether or not it could be written down. An agent's id is a request's.
pub(crate) fn suspended(target: &SuspensionTarget, by: &str, is_written: bool) {
    let (what, tenant, policy) = told(target);
    warn!(
        target: TARGET,
        {
            suspension.what = what,
            suspension.written = is_written,
            tenant.id = tenant,
            policy.name = policy,
            operator.name = by
        },
        "something is suspended"
    );
}

/// A suspension was lifted.
pub(crate) fn lifted(target: &SuspensionTarget, by: &str) {
    let (what, tenant, policy) = told(target);
    info!(
        target: TARGET,
        {
            suspension.what = what,
            tenant.id = tenant,
            policy.name = policy,
            operator.name = by
        },
        "a suspension is lifted"
    );
}

/// What is suspended, of which tenant and which policy; an empty name where there is none.
fn told(target: &SuspensionTarget) -> (&'static str, &str, &str) {
    match target {
        SuspensionTarget::Agent { tenant, .. } => {
            ("agent", tenant.as_ref().map_or("", TenantName::as_str), "")
        }
        SuspensionTarget::Tenant { tenant } => ("tenant", tenant.as_str(), ""),
        SuspensionTarget::Policy { tenant, policy } => ("policy", tenant.as_str(), policy.as_str()),
    }
}

/// A host has what its state folder remembers, or most of it.
pub(crate) fn restored(tenants: usize, bindings: usize, rollouts: usize, troubles: &[Trouble]) {
    info!(
        target: TARGET,
        {
            host.tenants = tenants,
            host.bindings = bindings,
            host.rollouts = rollouts,
            host.troubles = troubles.len()
        },
        "the state is restored"
    );
    for Trouble { tenant, what, .. } in troubles {
        let (kind, name) = match what {
            Troubled::Settings => ("settings", ""),
            Troubled::Policy(policy) => ("policy", policy.as_str()),
            Troubled::Document(document) => ("document", document.as_str()),
        };
        warn!(
            target: TARGET,
            {
                tenant.id = %tenant,
                trouble.what = kind,
                trouble.name = name
            },
            "something could not be restored"
        );
    }
}
