//! Rolling out: what an operator, a guard or time does to a rollout, and what then follows for the tenant's requests.
//!
//! A move towards the candidate is written down before it takes effect. One towards stable takes effect first, so that a full
//! disk can't block it, and is written down as soon as that can be done.

use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::Duration;

use lictor_policy::{Document, DocumentName, PolicyName, RolloutName, TenantName};
use lictor_state::{Change, KeptBinding, KeptDocument, KeptFile};

use super::policies::put;
use super::{Control, Host, data};
use crate::binding::Binding;
use crate::error::HostError;
use crate::rollout::{
    Admission, DivergenceReport, Held, Ledger, Move, Mover, ROLLOUTS_MAX, Replacement,
    RolloutError, RolloutSpec, RolloutStatus, Rollouts, Rolls, Stage, Swap, Tripped,
};
use crate::view::{Bindings, View};

// What an operator does.
impl Host {
    /// Begins a rollout: verifies, compiles and checks what is new, which takes some 10 ms to seconds, then enters the first phase
    /// of the plan. Where the plan has none, what is new takes over at once.
    ///
    /// # Errors
    /// See [`RolloutError`]; nothing has changed then.
    pub fn roll_out(
        &self,
        tenant: &TenantName,
        spec: RolloutSpec,
    ) -> Result<RolloutStatus, RolloutError> {
        self.tenant(tenant)?;
        let (ready, mut control) = self.make_ready_guarded(tenant, &spec)?;
        let view = self.tenant(tenant)?.view.load_full();
        check_nothing_taken(&control.rolls, tenant, &ready)?;
        check_versions(&view, &spec, &ready)?;
        let mut old = before(&view, &ready)?;
        old.texts = self.texts_of(&control, tenant, &old)?;
        check_room(&view, &ready)?;
        let name = name_of(&control.rolls, tenant, &spec, &ready)?;
        for admission in &ready.admissions {
            self.let_in(&mut control, tenant, admission)?;
        }
        let swap = Swap {
            old: Arc::new(old),
            new: Arc::new(ready.new),
            admissions: ready.admissions,
        };
        let ledger = Ledger::new(self.state.ids.salt());
        let held = Held::new(tenant, name.clone(), spec.plan, swap, ledger);
        control.rolls.insert(tenant, held);
        if spec.begins {
            let begun = self.step(&mut control, tenant, &name, Move::Begin, self.actor());
            if let Err(error) = begun {
                control.rolls.remove(tenant, &name);
                return Err(error);
            }
        }
        self.status_of(&control, tenant, &name)
    }

    /// Lets a rollout that is planned begin.
    ///
    /// # Errors
    /// There is none, or it isn't planned.
    pub fn begin_rollout(
        &self,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<RolloutStatus, RolloutError> {
        self.move_rollout(tenant, rollout, Move::Begin)
    }

    /// Moves a rollout on, or back: see [`Move`] for what is legal where.
    ///
    /// # Errors
    /// There is none, the move isn't legal where it stands, or it can't be written down. A move towards stable takes effect
    /// even where it can't be written down.
    pub fn move_rollout(
        &self,
        tenant: &TenantName,
        rollout: &RolloutName,
        r#move: Move,
    ) -> Result<RolloutStatus, RolloutError> {
        let mut control = self.control();
        self.step(&mut control, tenant, rollout, r#move, self.actor())?;
        self.status_of(&control, tenant, rollout)
    }

    /// Where a rollout stands.
    ///
    /// # Errors
    /// There is none.
    pub fn rollout(
        &self,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<RolloutStatus, RolloutError> {
        self.status_of(&self.control(), tenant, rollout)
    }

    /// The rollouts of a tenant, by name: those that run, and the last ones that are over.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn rollouts(&self, tenant: &TenantName) -> Result<Vec<RolloutStatus>, HostError> {
        self.tenant(tenant)?;
        let (control, uptime_ms) = (self.control(), self.uptime_ms());
        Ok(control
            .rolls
            .of(tenant)
            .map(|held| RolloutStatus::new(tenant, held, uptime_ms))
            .collect())
    }

    /// How stable and candidate differed in the rollout's phase, with what explains it.
    ///
    /// # Errors
    /// There is no such rollout.
    pub fn divergence(
        &self,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<DivergenceReport, RolloutError> {
        let control = self.control();
        let held = find(&control.rolls, tenant, rollout)?;
        Ok(held.ledger.report())
    }

    /// Moves on what time and sample let move on. The host does this every second where its settings don't say otherwise.
    pub fn tick(&self) {
        let mut control = self.control();
        let uptime_ms = self.uptime_ms();
        let rolls = control.rolls.iter();
        let due = rolls.filter(|(_, held)| held.is_complete(uptime_ms) && !held.waits());
        let due: Vec<_> = due
            .map(|(tenant, held)| (tenant.clone(), held.name.clone()))
            .collect();
        for (tenant, name) in due {
            let why = "its time is over and enough was compared";
            // What can't be written now is tried again at the next tick.
            let _ = self.step(
                &mut control,
                &tenant,
                &name,
                Move::Advance,
                ("plan", Some(why)),
            );
        }
    }
}

// What time and guards do.
impl Host {
    /// Starts the thread that moves rollouts on. It ends when the host is gone.
    pub(crate) fn tick_every(&self, every: Duration) -> io::Result<()> {
        let state = Arc::downgrade(&self.state);
        let (alive, gone) = channel::<()>();
        self.state.ticking.set(alive).ok();
        thread::Builder::new()
            .name("lictor-tick".to_owned())
            .spawn(move || {
                // The other end is the host's: it goes away with it.
                while gone.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                    let Some(state) = state.upgrade() else {
                        return;
                    };
                    Host::of(state).tick();
                }
            })?;
        Ok(())
    }

    /// Aborts a rollout whose guard tripped. Its candidate decides nothing any more already.
    pub(crate) fn trip(&self, tenant: &TenantName, rollout: &RolloutName, tripped: &Tripped) {
        let mut control = self.control();
        let why = tripped.to_string();
        // It may be over meanwhile, which is as good.
        let _ = self.step(
            &mut control,
            tenant,
            rollout,
            Move::Abort,
            ("guard", Some(&why)),
        );
    }
}

/// What a rollout puts in, when everything dear about it is done.
pub(super) struct Ready {
    pub(super) new: Replacement,
    admissions: Vec<Admission>,
}

impl Ready {
    /// Whether the tenant could have all of it.
    pub(super) fn check(&self, view: &View) -> Result<(), RolloutError> {
        before(view, self)?;
        check_room(view, self)
    }
}

impl Host {
    /// Makes ready, and takes the guard of changes under the keyring that verified all of it.
    fn make_ready_guarded(
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
    pub(super) fn make_ready(
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
    fn let_in(
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

    fn status_of(
        &self,
        control: &Control,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<RolloutStatus, RolloutError> {
        let held = find(&control.rolls, tenant, rollout)?;
        Ok(RolloutStatus::new(tenant, held, self.uptime_ms()))
    }

    /// Makes one move.
    fn step(
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
        let swap = held.swap.clone();
        match progress.stage() {
            Stage::Promoted => {
                if let Some(swap) = &swap {
                    let what = format!("promote {rollout} for {tenant}");
                    let layer = self
                        .tenant(tenant)?
                        .view
                        .load()
                        .bindings
                        .replaced(&swap.new);
                    let change = self.change_of(control, (by, why), what);
                    let change = self.put_all(change, tenant, &layer, &swap.new);
                    let bindings = swap.admissions.iter().map(|it| &it.binding);
                    let admitted: Vec<_> = bindings.filter_map(|it| it.admitted()).collect();
                    control.trust.admit_running(&admitted, change)?;
                }
            }
            // Before anything that could fail or take long.
            Stage::Aborted => held.ledger.stop(),
            Stage::RolledBack => check_still_there(&self.tenant(tenant)?.view.load(), held)?,
            Stage::Planned | Stage::Phase(_) => {}
        }
        let stage = progress.stage();
        if let Some(held) = control.rolls.get_mut(tenant, rollout) {
            held.progress = progress;
            held.follow();
        }
        self.show_rollouts(control, tenant, stage, swap.as_ref())?;
        if let (Stage::RolledBack, Some(swap)) = (stage, &swap) {
            let what = format!("roll {rollout} back for {tenant}");
            let layer = self.tenant(tenant)?.view.load().bindings.clone();
            let change = self.change_of(control, (by, why), what);
            let change = self.put_all(change, tenant, &layer, &swap.old);
            Self::journal(control, change).map_err(HostError::from)?;
        }
        Ok(())
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
    fn texts_of(
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
    pub(super) fn let_go_of_superseded(
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

// --- What may be rolled out ------------------------------------------------------------------------------------------

/// Each policy and document once, and something at all.
fn check_once(new: &Replacement) -> Result<(), RolloutError> {
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
fn check_nothing_taken(
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
pub(super) fn check_policy_free(
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
pub(super) fn check_document_free(
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
fn check_versions(view: &View, spec: &RolloutSpec, ready: &Ready) -> Result<(), RolloutError> {
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
fn before(view: &View, ready: &Ready) -> Result<Replacement, RolloutError> {
    let mut old = Replacement::default();
    for (policy, binding) in &ready.new.bindings {
        let stable = view.bindings.get(policy).cloned();
        if binding.is_none() && stable.is_none() {
            let policy = policy.clone();
            return Err(RolloutError::UnknownPolicy { policy });
        }
        old.bindings.push((policy.clone(), stable));
    }
    for (name, document) in &ready.new.documents {
        let stable = view.data.get(name.as_str()).cloned();
        if document.is_none() && stable.is_none() {
            let document = name.clone();
            return Err(RolloutError::UnknownDocument { document });
        }
        old.documents.push((name.clone(), stable));
    }
    Ok(old)
}

/// The tenant has room for everything, whether what is new is promoted or not.
fn check_room(view: &View, ready: &Ready) -> Result<(), RolloutError> {
    data::check_room(view, &ready.new.documents(&view.data))?;
    let added = ready.new.bindings.iter();
    let added = added
        .filter(|(policy, _)| !view.bindings.has(policy))
        .count();
    super::policies::check_count(view.bindings.len() + added)?;
    Ok(())
}

/// What a rollout had put in place is still what is there.
fn check_still_there(view: &View, held: &Held) -> Result<(), RolloutError> {
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
fn is_same(one: Option<&Document>, other: Option<&Document>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (None, None) => true,
        _ => false,
    }
}

// --- Names -----------------------------------------------------------------------------------------------------------

fn find<'a>(
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
fn name_of(
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
