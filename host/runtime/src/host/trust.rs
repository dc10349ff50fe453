//! Whom the host trusts: artifacts are verified by its keyring, and what the keyring revokes stops at the next decision.

use std::sync::{Arc, Weak};

use lictor_artifact::{Jump, Keyring, SignedKeyring, SignedRollback, UnixMs};
use lictor_policy::TenantName;
use lictor_state::{Arrival, Candidate, Change, Now, TrustError, Verification};

use super::{Control, Host};
use crate::binding::{Binding, BindingSpec, BoundPolicy};
use crate::error::{BindError, HostError};
use crate::notice;

/// A binding that a change of the keyring stopped, or would stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The tenant, `base` for the base layer.
    pub tenant: TenantName,
    /// What was bound.
    pub bound: BoundPolicy,
    /// Why it may not run any more.
    pub why: String,
}

impl Host {
    /// The keyring that is in use, if there is one.
    pub fn keyring(&self) -> Option<Keyring> {
        self.control().trust.keyring().ok().cloned()
    }

    /// Installs a first keyring. Whoever calls this vouches for it.
    ///
    /// # Errors
    /// There is one already, or it could not be written to the state folder.
    pub fn found_keyring(&self, keyring: Keyring, by: &str) -> Result<(), TrustError> {
        let now = self.now();
        let mut control = self.control();
        control.trust.found(keyring, now, by)?;
        if let Ok(keyring) = control.trust.keyring() {
            notice::keyring(keyring, by, &[]);
        }
        Ok(())
    }

    /// What an update of the keyring would stop, which changes nothing: to be looked at before [`Host::update_keyring`].
    ///
    /// # Errors
    /// The update would not be accepted.
    pub fn preview_keyring(
        &self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
    ) -> Result<Vec<Stopped>, TrustError> {
        let now = self.now();
        let keyring = self.control().trust.next_keyring(next, rollback, now)?;
        Ok(self.stopped_by(&keyring))
    }

    /// What a keyring would stop, whether it would be accepted or not.
    pub fn stopped_by(&self, keyring: &Keyring) -> Vec<Stopped> {
        let control = self.control();
        let untrusted = untrusted_by(keyring, &control);
        let running = untrusted.filter(|(binding, ..)| binding.revoked().is_none());
        running
            .map(|(binding, tenant, why)| stopped(&binding, tenant, why))
            .collect()
    }

    /// Replaces the keyring by one that the keys signed which it trusts for that. What the new one no longer trusts is stopped
    /// from its next decision on: bindings of this host are told so, remembered decisions with them.
    ///
    /// # Errors
    /// The update isn't accepted, or could not be written to the state folder; nothing has changed then.
    pub fn update_keyring(
        &self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
        by: &str,
        why: Option<String>,
    ) -> Result<Vec<Stopped>, TrustError> {
        let now = self.now();
        let mut control = self.control();
        control.trust.update(next, rollback, now, by, why)?;
        let stopped = Self::stop_untrusted(&control);
        if let Ok(keyring) = control.trust.keyring() {
            notice::keyring(keyring, by, &stopped);
        }
        Ok(stopped)
    }

    /// How far the wall clock has jumped, while it is off: no artifact or key expires or becomes valid meanwhile, and an operator
    /// has to look. `None` while all is well.
    pub fn clock_jump(&self) -> Option<Jump> {
        let now = self.now();
        self.control().trust.clock_jump(now)
    }

    /// Takes the wall clock as right again, because the operator says so.
    ///
    /// # Errors
    /// It could not be written to the state folder.
    pub fn accept_clock(&self, by: &str) -> Result<(), TrustError> {
        let now = self.now();
        self.control().trust.accept_clock(now, by)?;
        notice::clock_accepted(by);
        Ok(())
    }

    /// Verifies an artifact for its owner. Hashes and signatures are computed without any lock.
    pub(super) fn verify(
        &self,
        owner: &TenantName,
        spec: &BindingSpec,
    ) -> Result<Candidate, BindError> {
        let now = self.now();
        let verification =
            self.control()
                .trust
                .verification(spec.artifact(), owner, now, spec.leave());
        verification
            .and_then(Verification::run)
            .map_err(|source| untrusted(owner, spec, source))
    }

    /// Admits an artifact for good and writes down the change with which it takes effect, after everything else is done.
    pub(super) fn admit_artifact(
        &self,
        control: &mut Control,
        candidate: &Candidate,
        binding: &Arc<Binding>,
        spec: &BindingSpec,
        change: Change,
    ) -> Result<(), BindError> {
        let tenant = candidate.verified().tenant();
        let arrival = Arrival {
            candidate,
            fetched: spec.artifact(),
            rollback: spec.leave(),
        };
        let admitted = control.trust.admit(&[arrival], self.now(), change);
        admitted.map_err(|source| untrusted(tenant, spec, source))?;
        Self::watch(control, binding);
        Ok(())
    }

    /// Has a binding stopped when the keyring doesn't trust it any more.
    pub(super) fn watch(control: &mut Control, binding: &Arc<Binding>) {
        // Looking through all of them each time would take long where there are many.
        if control.bound.len() == control.bound.capacity() {
            control.bound.retain(|known| known.strong_count() > 0);
        }
        control.bound.push(Arc::downgrade(binding));
    }

    pub(super) fn now(&self) -> Now {
        Now {
            wall: UnixMs(self.state.clock.unix_ms()),
            monotonic: self.state.clock.monotonic(),
        }
    }

    /// Stops all bindings that the keyring doesn't trust any more: also those that were replaced, since requests that began
    /// before may still decide with them.
    fn stop_untrusted(control: &Control) -> Vec<Stopped> {
        let Ok(keyring) = control.trust.keyring() else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for (binding, tenant, why) in untrusted_by(keyring, control) {
            binding.revoke(why.clone());
            all.push(stopped(&binding, tenant, why));
        }
        all
    }
}

/// What was bound and may still decide, and isn't trusted by a keyring, with its tenant and why. What could not be restored
/// doesn't decide anyway.
fn untrusted_by<'a>(
    keyring: &'a Keyring,
    control: &'a Control,
) -> impl Iterator<Item = (Arc<Binding>, TenantName, String)> + 'a {
    let bound = control.bound.iter().filter_map(Weak::upgrade);
    bound.filter_map(|binding| {
        let admitted = binding.admitted()?;
        let why = keyring.recheck(admitted).err()?.to_string();
        let tenant = admitted.tenant().clone();
        Some((binding, tenant, why))
    })
}

fn stopped(binding: &Binding, tenant: TenantName, why: String) -> Stopped {
    Stopped {
        tenant,
        bound: BoundPolicy::clone(&binding.described),
        why,
    }
}

fn untrusted(owner: &TenantName, spec: &BindingSpec, source: TrustError) -> BindError {
    if let TrustError::State(source) = source {
        return HostError::State(source).into();
    }
    let manifest = spec.artifact().manifest();
    BindError::Untrusted {
        tenant: owner.clone(),
        policy: manifest.policy.clone(),
        version: manifest.version.to_string(),
        source: Box::new(source),
    }
}
