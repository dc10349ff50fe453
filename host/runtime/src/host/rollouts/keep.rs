//! Rollouts over a restart: what is written of them besides their moves, and how they are set up again.

use std::sync::{Arc, MutexGuard};

use lictor_policy::{DocumentName, RolloutName, TenantName};
use lictor_state::{
    Change, KeptDocument, KeptFile, KeptRollout, KeptSwap, KeptTally, KeptText, KeptUptime,
    StateError, Store, SwappedBinding, SwappedDocument,
};

use super::name::find;
use crate::binding::Binding;
use crate::host::{Control, Host};
use crate::rollout::{
    Circle, Findings, Held, Ledger, Plan, Progress, Replacement, RolloutError, Rollouts, Stage,
    Swap, Tally,
};
use crate::view::View;

/// How often counts and the uptime are written: what a host that is killed forgets at most.
const KEPT_EVERY_MS: u64 = 10_000;

// --- Writing ---------------------------------------------------------------------------------------------------------

impl Host {
    /// Writes a rollout down that hasn't begun.
    pub(super) fn keep_planned(
        &self,
        control: &mut MutexGuard<'_, Control>,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<(), RolloutError> {
        let held = find(&control.rolls, tenant, rollout)?;
        let kept = held.kept(tenant, &held.progress);
        let what = format!("plan {rollout} for {tenant}");
        let change = self.begin(control, what).put(&kept);
        Ok(Self::journal(control, change).map_err(crate::error::HostError::from)?)
    }

    /// Takes a rollout that is over and forgotten from the store. Where that fails it comes back with the next start, and goes as
    /// the next one is forgotten.
    pub(super) fn forget(
        &self,
        control: &mut MutexGuard<'_, Control>,
        tenant: &TenantName,
        forgotten: Option<Held>,
    ) {
        let Some(held) = forgotten else {
            return;
        };
        let key = KeptRollout::key_of(tenant, &held.name);
        let change = Change::note(self.state.clock.unix_ms())
            .remove::<KeptRollout>(key.clone())
            .remove::<KeptTally>(key);
        let _ = Self::journal(control, change);
    }

    /// Writes from time to time what was counted and for how long the host is up. What can't be written now is written later.
    pub(super) fn keep_counts(&self, control: &mut MutexGuard<'_, Control>) {
        let uptime_ms = self.uptime_ms();
        let is_due = uptime_ms.saturating_sub(control.counts_kept_ms) >= KEPT_EVERY_MS;
        if !is_due || control.trust.store().is_none() {
            return;
        }
        control.counts_kept_ms = uptime_ms;
        let mut change = Change::note(self.state.clock.unix_ms()).put(&KeptUptime { uptime_ms });
        for (tenant, held) in control.rolls.iter() {
            if let Some(kept) = held.kept_tally(tenant) {
                change = change.put(&kept);
            }
        }
        let _ = Self::journal(control, change);
    }
}

impl Held {
    /// The rollout as it is to be kept when it stands there.
    pub(super) fn kept(&self, tenant: &TenantName, progress: &Progress) -> KeptRollout {
        let is_back = matches!(progress.stage(), Stage::Aborted | Stage::RolledBack);
        let swap = self.swap.as_ref().filter(|_| !is_back);
        let plain = "plans, moves and names are plain values";
        KeptRollout {
            tenant: tenant.clone(),
            rollout: self.name.clone(),
            number: self.number,
            salt: blake3::Hash::from(*self.ledger.salt()).into(),
            plan: serde_json::to_value(&self.plan).expect(plain),
            progress: serde_json::to_value(progress).expect(plain),
            replaces: serde_json::to_value(&self.replaces).expect(plain),
            swap: swap.map(kept_swap),
        }
    }

    fn kept_tally(&self, tenant: &TenantName) -> Option<KeptTally> {
        let (phase, tally, findings) = self.ledger.changes()?;
        let plain = "counts and examples are plain values";
        Some(KeptTally {
            tenant: tenant.clone(),
            rollout: self.name.clone(),
            phase,
            tally: serde_json::to_value(tally).expect(plain),
            findings: serde_json::to_value(findings).expect(plain),
        })
    }
}

fn kept_swap(swap: &Swap) -> KeptSwap {
    let Swap { old, new } = swap;
    let version = |it: &Option<Arc<Binding>>| it.as_ref().and_then(|it| it.kept().cloned());
    let bindings = old.bindings.iter().zip(&new.bindings);
    let documents = old.documents.iter().zip(&new.documents);
    KeptSwap {
        bindings: bindings
            .map(|((policy, old), (_, new))| SwappedBinding {
                policy: policy.clone(),
                old: version(old),
                new: version(new),
            })
            .collect(),
        documents: documents
            .map(|((name, _), _)| SwappedDocument {
                name: name.clone(),
                old: old.kept_text(name),
                new: new.kept_text(name),
            })
            .collect(),
    }
}

impl Replacement {
    fn kept_text(&self, name: &DocumentName) -> Option<KeptText> {
        let (_, file) = self.texts.iter().find(|(known, _)| known == name)?;
        Some(KeptText {
            digest: file.name().digest(),
            bytes: file.bytes(),
        })
    }
}

// --- Setting up again ------------------------------------------------------------------------------------------------

impl Host {
    /// Sets up a tenant's rollouts as they were kept. One that can't be understood is left out, since stable decides without it;
    /// a candidate that can't be restored answers with a fault, which its guards and the strict modes see to.
    pub(in crate::host) fn restore_rollouts(
        &self,
        control: &mut Control,
    ) -> Result<(), StateError> {
        let Some(store) = control.trust.store() else {
            return Ok(());
        };
        let kept: Vec<KeptRollout> = store
            .each::<KeptRollout>()?
            .into_iter()
            .filter_map(|(_, entry)| entry.ok())
            .collect();
        let mut restored = Vec::new();
        for rollout in kept {
            let tenant = rollout.tenant.clone();
            let Some(known) = self.state.tenants.load().get(&tenant).cloned() else {
                continue;
            };
            let view = known.view.load_full();
            if let Some(held) = self.held(control, store, &view, rollout) {
                restored.push((tenant, held));
            }
        }
        for (tenant, held) in restored {
            let new = held.swap.iter().flat_map(|swap| &swap.new.bindings);
            let bindings: Vec<_> = new.filter_map(|(_, it)| it.clone()).collect();
            for binding in &bindings {
                Self::watch(control, binding);
            }
            control.rolls.restore(&tenant, held);
        }
        self.show_restored(control);
        Ok(())
    }

    /// Gives the tenants that have rollouts a view with them.
    fn show_restored(&self, control: &Control) {
        for (name, tenant) in self.state.tenants.load().iter() {
            let running = control.rolls.of(name).filter_map(|it| it.running.clone());
            let rollouts = Rollouts::new(running);
            if !rollouts.is_empty() {
                let view = View {
                    rollouts,
                    ..View::clone(&tenant.view.load())
                };
                self.show(tenant, view.with_base(&control.base));
            }
        }
    }

    fn held(
        &self,
        control: &Control,
        store: &Store,
        view: &View,
        kept: KeptRollout,
    ) -> Option<Held> {
        let plan: Plan = serde_json::from_value(kept.plan).ok()?;
        let progress: Progress = serde_json::from_value(kept.progress).ok()?;
        let replaces = serde_json::from_value(kept.replaces).ok()?;
        let (tenant, name) = (kept.tenant, kept.rollout);
        let ledger = ledger(store, &tenant, &name, *kept.salt.as_bytes());
        let swap = kept.swap.map(|swap| {
            let is_new = progress.stage() == Stage::Promoted;
            self.swap(control, store, &tenant, (view, is_new), swap)
        });
        let circle = Circle::new(tenant.as_str(), name.as_str(), plan.sticky().clone());
        let mut held = Held {
            name,
            plan,
            progress,
            replaces,
            swap,
            circle: Arc::new(circle),
            ledger: Arc::new(ledger),
            running: None,
            unwritten: None,
            number: kept.number,
        };
        held.follow();
        Some(held)
    }

    /// What changes places. What is in use is taken from the view: the new where it has taken over, else the old.
    fn swap(
        &self,
        control: &Control,
        store: &Store,
        tenant: &TenantName,
        (view, is_new): (&View, bool),
        kept: KeptSwap,
    ) -> Swap {
        let (mut old, mut new) = (Replacement::default(), Replacement::default());
        for SwappedBinding {
            policy,
            old: before,
            new: after,
        } in kept.bindings
        {
            let in_use = view.bindings.get(&policy);
            for (replacement, version, is_in_use) in
                [(&mut old, before, !is_new), (&mut new, after, is_new)]
            {
                let binding = version.map(|version| match in_use {
                    Some(binding) if is_in_use && binding.kept() == Some(&version) => {
                        Arc::clone(binding)
                    }
                    _ => self.bind_again(control, store.files(), tenant, &policy, version),
                });
                replacement.bindings.push((policy.clone(), binding));
            }
        }
        for swapped in kept.documents {
            let name = swapped.name;
            let in_use = view.data.get(name.as_str());
            let key = KeptDocument::key_of(tenant, &name);
            let kept = store.get::<KeptDocument>(&key).ok().flatten();
            let kept = kept.map(|kept| kept.file_name());
            for (replacement, text, is_in_use) in [
                (&mut old, swapped.old, !is_new),
                (&mut new, swapped.new, is_new),
            ] {
                let document = text.and_then(|text| match in_use {
                    // It may have been replaced again since.
                    Some(document) if is_in_use && kept == Some(text.file_name()) => {
                        Some(document.clone())
                    }
                    _ => self.read_again(store.files(), text),
                });
                let file = text.map(|it| store.files().hold_file(it.file_name(), it.bytes));
                let file = file.map(|file: KeptFile| (name.clone(), Arc::new(file)));
                replacement.texts.extend(file);
                replacement.documents.push((name.clone(), document));
            }
        }
        Swap {
            old: Arc::new(old),
            new: Arc::new(new),
        }
    }
}

fn ledger(store: &Store, tenant: &TenantName, rollout: &RolloutName, salt: [u8; 32]) -> Ledger {
    let key = KeptRollout::key_of(tenant, rollout);
    let kept = store.get::<KeptTally>(&key).ok().flatten();
    let known = kept.and_then(|kept| {
        let tally: Tally = serde_json::from_value(kept.tally).ok()?;
        let findings: Findings = serde_json::from_value(kept.findings).ok()?;
        Some(Ledger::restored(salt, kept.phase, tally, findings))
    });
    // Counts that can't be understood are counted anew.
    known.unwrap_or_else(|| Ledger::new(salt))
}
