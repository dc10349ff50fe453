//! Rolling out: what an operator, a guard or time does to a rollout, and what then follows for the tenant's requests.
//!
//! A move towards the candidate is written down before it takes effect. One towards stable takes effect first, so that a full
//! disk can't block it, and is written down as soon as that can be done.

mod check;
mod keep;
mod name;
mod ready;
mod step;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use lictor_policy::{RolloutName, TenantName};

use self::check::{before, check_nothing_taken, check_room, check_versions};
use self::name::{find, name_of};
use super::{Control, Host};
use crate::error::HostError;
use crate::notice;
use crate::rollout::{
    DivergenceReport, Held, Ledger, Move, RolloutError, RolloutSpec, RolloutStatus, Swap, Tripped,
};

pub(super) use check::{check_document_free, check_policy_free};

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
        let begun = self.roll_out_unless_refused(tenant, spec);
        begun.inspect_err(|error| notice::not_rolled_out(tenant, self.actor().0, error))
    }

    fn roll_out_unless_refused(
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
        };
        let ledger = Ledger::new(self.state.ids.salt());
        let held = Held::new(tenant, name.clone(), spec.plan, swap, ledger);
        let forgotten = control.rolls.insert(tenant, held);
        let begun = if spec.begins {
            self.step(&mut control, tenant, &name, Move::Begin, self.actor())
        } else {
            self.keep_planned(&mut control, tenant, &name)
        };
        if let Err(error) = begun {
            control.rolls.remove(tenant, &name);
            if let Some(forgotten) = forgotten {
                control.rolls.restore(tenant, forgotten);
            }
            return Err(error);
        }
        self.forget(&mut control, tenant, forgotten);
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

    /// The rollouts of all tenants that aren't over.
    pub fn rollouts_running(&self) -> Vec<RolloutStatus> {
        let (control, uptime_ms) = (self.control(), self.uptime_ms());
        let running = control.rolls.iter();
        let running = running.filter(|(_, held)| !held.progress.is_over());
        running
            .map(|(tenant, held)| RolloutStatus::new(tenant, held, uptime_ms))
            .collect()
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
        Self::write_what_waits(&mut control);
        self.forget_ended(&mut control);
        self.keep_counts(&mut control);
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

impl Host {
    fn status_of(
        &self,
        control: &Control,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<RolloutStatus, RolloutError> {
        let held = find(&control.rolls, tenant, rollout)?;
        Ok(RolloutStatus::new(tenant, held, self.uptime_ms()))
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
