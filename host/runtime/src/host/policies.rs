//! Binding policies and taking them away: what is dear or can fail is done first, without a lock, then it is written down, then
//! a snapshot is swapped.

use std::sync::{Arc, MutexGuard};

use lictor_policy::{PolicyName, TenantName};
use lictor_state::{Candidate, Change, KeptBinding, Shelf};

use super::rollouts::check_policy_free;
use super::{Control, Host};
use crate::binding::{Binding, BindingSpec, BoundPolicy};
use crate::error::{BindError, HostError};
use crate::notice;
use crate::view::{Bindings, View};

/// The most policies of one layer of one tenant.
const POLICIES_MAX: usize = 64;

impl Host {
    /// Binds a policy for a tenant, in the place of an earlier binding of the same policy.
    ///
    /// Verifies the artifact for the tenant, compiles and checks, which takes some 10 ms to seconds, writes it down,
    /// then swaps: no request fails or sees both. What is bound takes over at once, so a MAJOR version of what is in use is
    /// refused: [`Host::roll_out`] has it compared first.
    ///
    /// # Errors
    /// The tenant is unknown, nobody who is trusted signed the artifact for it, or the component, its limits, parameters or
    /// conditions are refused; nothing has changed then.
    pub fn bind(&self, tenant: &TenantName, spec: BindingSpec) -> Result<BoundPolicy, BindError> {
        let done = self.bind_own(tenant, &spec);
        notice::bound(tenant, &spec, self.actor().0, &done);
        done
    }

    fn bind_own(&self, tenant: &TenantName, spec: &BindingSpec) -> Result<BoundPolicy, BindError> {
        self.tenant(tenant)?;
        let (candidate, binding, mut control) = self.prepare_guarded(tenant, spec)?;
        let shown = self.tenant(tenant)?;
        let view = shown.view.load_full();
        check_policy_free(&control.rolls, tenant, spec.policy())?;
        check_version(&view.bindings, &binding)?;
        check_room(&view.bindings, spec.policy())?;
        let bindings = view.bindings.with(Arc::clone(&binding));
        let change = self.begin(&mut control, bind_in_words(tenant, &binding));
        let change = put(change, bindings.kept(tenant, spec.policy()));
        self.admit_artifact(&mut control, &candidate, &binding, spec, change)?;
        let view = View {
            bindings,
            ..View::clone(&view)
        };
        self.show(&shown, view.with_base(&control.base));
        self.let_go_of_superseded(&mut control, tenant)?;
        Ok(BoundPolicy::clone(&binding.described))
    }

    /// Takes a policy from a tenant.
    ///
    /// # Errors
    /// The tenant or the policy is unknown, or it can't be written down.
    pub fn unbind(&self, tenant: &TenantName, policy: &PolicyName) -> Result<(), HostError> {
        let mut control = self.control();
        let view = self.tenant(tenant)?.view.load_full();
        check_policy_free(&control.rolls, tenant, policy)?;
        check_there(&view.bindings, policy)?;
        let bindings = view.bindings.without(policy);
        let change = self
            .begin(&mut control, format!("unbind {policy} from {tenant}"))
            .remove::<KeptBinding>(KeptBinding::key_of(tenant, policy));
        self.change(&mut control, tenant, change, |view| {
            Ok(View {
                bindings,
                ..view.clone()
            })
        })?;
        self.let_go_of_superseded(&mut control, tenant)
    }

    /// Binds a policy of the base layer, which every tenant gets and which can only tighten. It reads the operator's
    /// documents, and a tenant's document `users` as `tenant.users`.
    ///
    /// # Errors
    /// As for [`Host::bind`].
    pub fn bind_base(&self, spec: BindingSpec) -> Result<BoundPolicy, BindError> {
        let done = self.bind_for_all(&spec);
        notice::bound(&TenantName::base(), &spec, self.actor().0, &done);
        done
    }

    fn bind_for_all(&self, spec: &BindingSpec) -> Result<BoundPolicy, BindError> {
        let base = TenantName::base();
        let (candidate, binding, mut control) = self.prepare_guarded(&base, spec)?;
        check_room(&control.base.bindings, spec.policy())?;
        let bindings = control.base.bindings.with(Arc::clone(&binding));
        let change = self.begin(&mut control, bind_in_words(&base, &binding));
        let change = put(change, bindings.kept(&base, spec.policy()));
        self.admit_artifact(&mut control, &candidate, &binding, spec, change)?;
        control.base.bindings = bindings;
        self.spread_base(&control);
        Ok(BoundPolicy::clone(&binding.described))
    }

    /// Takes a policy from the base layer.
    ///
    /// # Errors
    /// The policy isn't in it, or it can't be written down.
    pub fn unbind_base(&self, policy: &PolicyName) -> Result<(), HostError> {
        let mut control = self.control();
        check_there(&control.base.bindings, policy)?;
        let key = KeptBinding::key_of(&TenantName::base(), policy);
        let change = self
            .begin(&mut control, format!("unbind {policy} from the base layer"))
            .remove::<KeptBinding>(key);
        Self::journal(&mut control, change)?;
        control.base.bindings = control.base.bindings.without(policy);
        self.spread_base(&control);
        Ok(())
    }

    /// Prepares a binding, and takes the guard of changes under the keyring that verified it: where that was changed meanwhile,
    /// everything is done again without the guard, which takes little, since what was compiled is still there.
    fn prepare_guarded(
        &self,
        owner: &TenantName,
        spec: &BindingSpec,
    ) -> Result<(Candidate, Arc<Binding>, MutexGuard<'_, Control>), BindError> {
        let mut prepared = self.prepare(owner, spec)?;
        loop {
            let control = self.control();
            if control.trust.is_current(&prepared.0) {
                let (candidate, binding) = prepared;
                return Ok((candidate, binding, control));
            }
            drop(control);
            prepared = self.prepare(owner, spec)?;
        }
    }

    /// Everything about a binding that is dear or can fail, without any lock held.
    pub(super) fn prepare(
        &self,
        owner: &TenantName,
        spec: &BindingSpec,
    ) -> Result<(Candidate, Arc<Binding>), BindError> {
        let candidate = self.verify(owner, spec)?;
        let verified = candidate.verified();
        let limits = spec.limits_granted(verified.manifest())?;
        let loaded = self
            .state
            .engine
            .load(verified, &limits)
            .map_err(|refusal| spec.refused(refusal))?;
        let mut binding = Binding::prepare(&self.state.engine, verified, spec, loaded)?;
        if let Some(files) = &self.state.files {
            let file = files.keep(Shelf::Artifacts, &spec.artifact().to_bytes());
            let file = file.map_err(HostError::from)?;
            let (digest, at_ms) = (file.name().digest(), self.state.clock.unix_ms());
            let version = spec.to_be_kept(&binding, digest, self.actor(), at_ms);
            binding = binding.kept_as(version, file);
        }
        Ok((candidate, Arc::new(binding)))
    }
}

fn bind_in_words(owner: &TenantName, binding: &Binding) -> String {
    let BoundPolicy {
        policy, version, ..
    } = &*binding.described;
    format!("bind {policy} {version} for {owner}")
}

/// Puts a binding among what is written down. Without a store there is nothing to put.
pub(super) fn put(change: Change, binding: Option<KeptBinding>) -> Change {
    match binding {
        Some(binding) => change.put(&binding),
        None => change,
    }
}

fn check_there(bindings: &Bindings, policy: &PolicyName) -> Result<(), HostError> {
    if bindings.has(policy) {
        return Ok(());
    }
    Err(HostError::UnknownPolicy {
        policy: policy.clone(),
    })
}

/// A MAJOR version doesn't take over at once.
fn check_version(bindings: &Bindings, new: &Binding) -> Result<(), BindError> {
    let to = &new.described;
    match bindings.get(&to.policy) {
        Some(stable) if to.version.major > stable.described.version.major => {
            Err(BindError::Major {
                policy: to.policy.clone(),
                from: Box::new(stable.described.version.clone()),
                to: Box::new(to.version.clone()),
            })
        }
        _ => Ok(()),
    }
}

fn check_room(bindings: &Bindings, policy: &PolicyName) -> Result<(), BindError> {
    if bindings.has(policy) {
        return Ok(());
    }
    check_count(bindings.len() + 1)
}

/// Whether a layer may have so many policies.
pub(super) fn check_count(count: usize) -> Result<(), BindError> {
    let max = POLICIES_MAX;
    if count > max {
        return Err(BindError::TooManyPolicies { count, max });
    }
    Ok(())
}
