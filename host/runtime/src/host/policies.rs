//! Binding policies and taking them away: what is dear or can fail is done first, without a lock, then a snapshot is swapped.

use std::sync::{Arc, MutexGuard};

use lictor_policy::{PolicyName, TenantName};
use lictor_state::Candidate;

use super::rollouts::check_policy_free;
use super::{Control, Host};
use crate::binding::{Binding, BindingSpec, BoundPolicy};
use crate::error::{BindError, HostError};
use crate::view::{Bindings, View};

/// The most policies of one layer of one tenant.
const POLICIES_MAX: usize = 64;

impl Host {
    /// Binds a policy for a tenant, in the place of an earlier binding of the same policy.
    ///
    /// Verifies the artifact for the tenant, compiles and checks, which takes some 10 ms to seconds, then swaps: no request
    /// fails or sees both.
    ///
    /// # Errors
    /// The tenant is unknown, nobody who is trusted signed the artifact for it, or the component, its limits, parameters or
    /// conditions are refused; nothing has changed then.
    pub fn bind(&self, tenant: &TenantName, spec: BindingSpec) -> Result<BoundPolicy, BindError> {
        self.tenant(tenant)?;
        let (candidate, binding, mut control) = self.prepare_guarded(tenant, &spec)?;
        let described = BoundPolicy::clone(&binding.described);
        let view = self.tenant(tenant)?.view.load_full();
        check_policy_free(&control.rolls, tenant, spec.policy())?;
        check_room(&view.bindings, spec.policy())?;
        self.admit_artifact(&mut control, &candidate, &binding, &spec)?;
        let bindings = view.bindings.with(binding);
        self.change(&control, tenant, |view| {
            Ok(View {
                bindings,
                ..view.clone()
            })
        })?;
        self.let_go_of_superseded(&mut control, tenant)?;
        Ok(described)
    }

    /// Takes a policy from a tenant.
    ///
    /// # Errors
    /// The tenant or the policy is unknown.
    pub fn unbind(&self, tenant: &TenantName, policy: &PolicyName) -> Result<(), HostError> {
        let mut control = self.control();
        let view = self.tenant(tenant)?.view.load_full();
        check_policy_free(&control.rolls, tenant, policy)?;
        if !view.bindings.has(policy) {
            return Err(HostError::UnknownPolicy {
                policy: policy.clone(),
            });
        }
        let bindings = view.bindings.without(policy);
        self.change(&control, tenant, |view| {
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
        let (candidate, binding, mut control) = self.prepare_guarded(&TenantName::base(), &spec)?;
        let described = BoundPolicy::clone(&binding.described);
        check_room(&control.base.bindings, spec.policy())?;
        self.admit_artifact(&mut control, &candidate, &binding, &spec)?;
        control.base.bindings = control.base.bindings.with(binding);
        self.spread_base(&control);
        Ok(described)
    }

    /// Takes a policy from the base layer.
    ///
    /// # Errors
    /// The policy isn't in it.
    pub fn unbind_base(&self, policy: &PolicyName) -> Result<(), HostError> {
        let mut control = self.control();
        if !control.base.bindings.has(policy) {
            return Err(HostError::UnknownPolicy {
                policy: policy.clone(),
            });
        }
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
        let binding = Binding::prepare(&self.state.engine, verified, spec, loaded)?;
        Ok((candidate, Arc::new(binding)))
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
