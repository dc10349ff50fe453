//! Making ready what is new: everything that is dear or can fail, without any lock held.

use std::sync::MutexGuard;

use lictor_policy::TenantName;

use super::check::{before, check_once, check_room};
use crate::host::{Control, Host, data};
use crate::rollout::{Admission, Replacement, RolloutError, RolloutSpec};
use crate::view::View;

/// What a rollout puts in, when everything dear about it is done.
pub(in crate::host) struct Ready {
    pub(in crate::host) new: Replacement,
    pub(super) admissions: Vec<Admission>,
}

impl Ready {
    /// Whether the tenant could have all of it.
    pub(in crate::host) fn check(&self, view: &View) -> Result<(), RolloutError> {
        before(view, self)?;
        check_room(view, self)
    }
}

impl Host {
    /// Makes ready, and takes the guard of changes under the keyring that verified all of it.
    pub(super) fn make_ready_guarded(
        &self,
        tenant: &TenantName,
        spec: &RolloutSpec,
    ) -> Result<(Ready, MutexGuard<'_, Control>), RolloutError> {
        loop {
            let ready = self.make_ready(tenant, spec)?;
            let control = self.control();
            let mut candidates = ready.admissions.iter().map(|it| &it.candidate);
            if candidates.all(|candidate| control.trust.is_current(candidate)) {
                return Ok((ready, control));
            }
        }
    }

    /// Prepares and parses what is new, without any lock held.
    pub(in crate::host) fn make_ready(
        &self,
        tenant: &TenantName,
        spec: &RolloutSpec,
    ) -> Result<Ready, RolloutError> {
        let mut new = Replacement::default();
        let mut admissions = Vec::new();
        for binding_spec in &spec.bindings {
            let (candidate, binding) = self.prepare(tenant, binding_spec)?;
            let policy = binding.described.policy.clone();
            new.bindings.push((policy, Some(binding.clone())));
            admissions.push(Admission {
                candidate,
                binding,
                spec: binding_spec.clone(),
            });
        }
        let removed = spec.removed.iter().map(|policy| (policy.clone(), None));
        new.bindings.extend(removed);
        for (name, json) in &spec.documents {
            let draft = self.draft(name.clone(), data::parse(name.clone(), json)?)?;
            new.texts
                .extend(draft.file.map(|file| (name.clone(), file)));
            new.documents.push((draft.name, Some(draft.document)));
        }
        let removed = spec.removed_documents.iter();
        new.documents
            .extend(removed.map(|name| (name.clone(), None)));
        check_once(&new)?;
        Ok(Ready { new, admissions })
    }

    /// Admits an artifact whose version is lower than the highest by its operator's leave, which is then used up. One with a
    /// higher version raises the highest only when it is promoted.
    pub(super) fn let_in(
        &self,
        control: &mut Control,
        tenant: &TenantName,
        admission: &Admission,
    ) -> Result<(), RolloutError> {
        let Admission {
            candidate,
            binding,
            spec,
        } = admission;
        if candidate.verified().rollback().is_some() {
            let bound = &binding.described;
            let what = format!("let {} {} in for {tenant}", bound.policy, bound.version);
            let change = self.begin(control, what);
            self.admit_artifact(control, candidate, binding, spec, change)?;
        } else {
            Self::watch(control, binding);
        }
        Ok(())
    }
}
