//! One move of a rollout: what follows from it for the tenant's requests, and how it is written down.

use std::sync::{Arc, MutexGuard};

use lictor_policy::{DocumentName, RolloutName, TenantName};
use lictor_state::{Change, KeptBinding, KeptDocument, KeptFile};

use super::check::{check_still_there, there};
use super::name::find;
use crate::error::HostError;
use crate::host::policies::put;
use crate::host::{Control, Host};
use crate::notice;
use crate::rollout::{
    Move, Mover, Progress, Replaced, Replacement, RolloutError, Rollouts, Stage, Swap,
};
use crate::view::{Bindings, View};

impl Host {
    /// Makes one move. One towards the candidate is written down first; one towards stable takes effect first, and succeeds also
    /// where it can't be written down yet.
    pub(super) fn step(
        &self,
        control: &mut MutexGuard<'_, Control>,
        tenant: &TenantName,
        rollout: &RolloutName,
        r#move: Move,
        (by, why): (&str, Option<&str>),
    ) -> Result<(), RolloutError> {
        let mover = Mover {
            unix_ms: self.state.clock.unix_ms(),
            uptime_ms: self.uptime_ms(),
            by,
            why,
        };
        let held = find(&control.rolls, tenant, rollout)?;
        let mut progress = held.progress.clone();
        progress.make(r#move, &held.plan, &mover)?;
        let stage = progress.stage();
        if stage == Stage::Promoted {
            self.note_what_is_there(control, tenant, rollout)?;
        }
        let held = find(&control.rolls, tenant, rollout)?;
        match stage {
            // Before anything that could fail or take long.
            Stage::Aborted => held.ledger.stop(),
            Stage::RolledBack => check_still_there(&self.tenant(tenant)?.view.load(), held)?,
            Stage::Planned | Stage::Phase(_) | Stage::Promoted => {}
        }
        let swap = held.swap.clone();
        let kept = held.kept(tenant, &progress);
        Self::write_what_waits(control);
        let what = format!("{rollout} of {tenant} is {stage}");
        let change = self.change_of(control, (by, why), what).put(&kept);
        let change = self.put_swap(change, tenant, stage, swap.as_ref())?;
        if matches!(stage, Stage::Aborted | Stage::RolledBack) {
            self.take_effect(control, tenant, rollout, progress, swap.as_ref())?;
            notice::moved(tenant, rollout, stage, (by, why));
            if Self::journal(control, change.clone()).is_err()
                && let Some(held) = control.rolls.get_mut(tenant, rollout)
            {
                held.unwritten = Some((change, swap));
            }
            return Ok(());
        }
        let admitted = match (stage, &swap) {
            (Stage::Promoted, Some(swap)) => swap.new.admitted(),
            _ => Vec::new(),
        };
        control.trust.admit_running(&admitted, change)?;
        self.take_effect(control, tenant, rollout, progress, swap.as_ref())?;
        notice::moved(tenant, rollout, stage, (by, why));
        Ok(())
    }

    /// Notes what a rollout replaces, now that it does: what it began beside may have been taken back since, and must not come
    /// again when this one is.
    fn note_what_is_there(
        &self,
        control: &mut Control,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<(), HostError> {
        let view = self.tenant(tenant)?.view.load_full();
        let held = control.rolls.get(tenant, rollout);
        let Some(swap) = held.and_then(|held| held.swap.as_ref()) else {
            return Ok(());
        };
        let new = Arc::clone(&swap.new);
        let mut old = there(&view, &new);
        old.texts = self.texts_of(control, tenant, &old)?;
        if let Some(held) = control.rolls.get_mut(tenant, rollout) {
            held.replaces = Replaced::all(&old, &new);
            held.swap = Some(Swap {
                old: Arc::new(old),
                new,
            });
        }
        Ok(())
    }

    /// Has what a move led to count.
    fn take_effect(
        &self,
        control: &mut MutexGuard<'_, Control>,
        tenant: &TenantName,
        rollout: &RolloutName,
        progress: Progress,
        swap: Option<&Swap>,
    ) -> Result<(), RolloutError> {
        let stage = progress.stage();
        if let Some(held) = control.rolls.get_mut(tenant, rollout) {
            held.progress = progress;
            held.follow();
        }
        self.show_rollouts(control, tenant, stage, swap)
    }

    /// Writes down what took effect before it could be written. Called before anything else is written, so that nothing newer is
    /// written over.
    pub(in crate::host) fn write_what_waits(control: &mut Control) {
        Self::write_suspensions(control);
        let waiting = control
            .rolls
            .all_mut()
            .find(|held| held.unwritten.is_some());
        if waiting.is_none() {
            return;
        }
        let mut rolls = std::mem::take(&mut control.rolls);
        for held in rolls.all_mut() {
            if let Some((change, _)) = &held.unwritten
                && Self::journal(control, change.clone()).is_ok()
            {
                held.unwritten = None;
            }
        }
        control.rolls = rolls;
    }

    /// Adds what changes places by a move to what is written down.
    fn put_swap(
        &self,
        change: Change,
        tenant: &TenantName,
        stage: Stage,
        swap: Option<&Swap>,
    ) -> Result<Change, HostError> {
        let bindings = self.tenant(tenant)?.view.load().bindings.clone();
        Ok(match (stage, swap) {
            (Stage::Promoted, Some(Swap { new, .. })) => {
                self.put_all(change, tenant, &bindings.replaced(new), new)
            }
            (Stage::RolledBack, Some(Swap { old, .. })) => {
                self.put_all(change, tenant, &bindings.restored(old), old)
            }
            _ => change,
        })
    }

    /// Begins a change in the name of who moves a rollout.
    fn change_of(
        &self,
        control: &mut Control,
        (by, why): (&str, Option<&str>),
        what: String,
    ) -> Change {
        let at = control.trust.time(self.now());
        Change::new(at.0, by, what).because(why.map(str::to_owned))
    }

    /// Adds all that has changed places to a change: the bindings as they are in a layer, and the documents.
    fn put_all(
        &self,
        change: Change,
        tenant: &TenantName,
        layer: &Bindings,
        replacement: &Replacement,
    ) -> Change {
        let bindings = replacement.bindings.iter();
        let change = bindings.fold(change, |change, (policy, binding)| match binding {
            Some(_) => put(change, layer.kept(tenant, policy)),
            None => change.remove::<KeptBinding>(KeptBinding::key_of(tenant, policy)),
        });
        let gone = replacement.documents.iter().filter(|(_, it)| it.is_none());
        let change = gone.fold(change, |change, (name, _)| {
            change.remove::<KeptDocument>(KeptDocument::key_of(tenant, name))
        });
        let texts = replacement.texts.iter();
        texts.fold(change, |change, (name, file)| {
            self.put_text(change, tenant, name, file)
        })
    }

    /// The files of the documents that a rollout replaces, which stay for as long as they can come back.
    pub(super) fn texts_of(
        &self,
        control: &Control,
        tenant: &TenantName,
        old: &Replacement,
    ) -> Result<Vec<(DocumentName, Arc<KeptFile>)>, HostError> {
        let Some(store) = control.trust.store() else {
            return Ok(Vec::new());
        };
        let mut texts = Vec::new();
        for (name, _) in old.documents.iter().filter(|(_, it)| it.is_some()) {
            let key = KeptDocument::key_of(tenant, name);
            if let Some(kept) = store.get::<KeptDocument>(&key)? {
                let file = store.files().hold_file(kept.file_name(), kept.bytes);
                texts.push((name.clone(), Arc::new(file)));
            }
        }
        Ok(texts)
    }

    /// Gives the tenant's next requests its rollouts as they now are, after one of them has come to this stage.
    fn show_rollouts(
        &self,
        control: &mut MutexGuard<'_, Control>,
        tenant: &TenantName,
        stage: Stage,
        swap: Option<&Swap>,
    ) -> Result<(), RolloutError> {
        let running = control.rolls.of(tenant).filter_map(|it| it.running.clone());
        let rollouts = Rollouts::new(running);
        let (tenant_of, view) = self.changed(control, tenant, |view| {
            let put_again = swap.iter().flat_map(|swap| &swap.new.documents);
            let missing = match stage {
                Stage::Promoted => view.missing.without(put_again.map(|(name, _)| name)),
                _ => view.missing.clone(),
            };
            let stable = View {
                missing,
                rollouts,
                ..view.clone()
            };
            Ok(match (stage, swap) {
                (Stage::Promoted, Some(swap)) => View {
                    bindings: view.bindings.replaced(&swap.new),
                    data: swap.new.documents(&view.data),
                    ..stable
                },
                (Stage::RolledBack, Some(swap)) => View {
                    bindings: view.bindings.restored(&swap.old),
                    data: swap.old.documents(&view.data),
                    ..stable
                },
                _ => stable,
            })
        })?;
        self.show(&tenant_of, view);
        self.let_go_of_superseded(control, tenant)?;
        Ok(())
    }

    /// Keeps nothing warm that can't be rolled back to any more.
    pub(in crate::host) fn let_go_of_superseded(
        &self,
        control: &mut Control,
        tenant: &TenantName,
    ) -> Result<(), HostError> {
        let view = self.tenant(tenant)?.view.load_full();
        for held in control.rolls.of_mut(tenant) {
            if held.progress.stage() == Stage::Promoted && check_still_there(&view, held).is_err() {
                held.let_go();
            }
        }
        Ok(())
    }
}
