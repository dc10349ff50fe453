//! Suspending: what an operator does, and how it is kept.
//!
//! Suspending takes effect first and is written down after, so that a full disk can't keep an agent going; lifting is written down
//! first. Must never let a suspension be lost by damage: what can't be understood holds on, by what its key says.

use std::collections::BTreeMap;
use std::sync::MutexGuard;
use std::time::Duration;

use lictor_policy::TenantName;
use lictor_state::{Change, KeptSuspension, StateError, Store, SuspensionKey, SuspensionTarget};

use super::{Control, Host};
use crate::error::HostError;
use crate::notice;
use crate::suspend::Suspended;

/// How many suspensions a host has at most, so that they stay something that people look through.
pub const SUSPENSIONS_MAX: usize = 4_096;
/// The longest id of an agent that can be suspended, in bytes.
pub const AGENT_BYTES_MAX: usize = 16 * 1024;

/// A suspension that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// What, since when, by whom, why and until when.
    pub kept: KeptSuspension,
    /// Whether it will hold after a restart: it is in the state folder, or there is none.
    pub is_written: bool,
}

/// All suspensions, as they are kept.
#[derive(Debug, Default)]
pub(super) struct Register {
    by_key: BTreeMap<String, Held>,
    /// Entries that can't be understood, with why.
    damaged: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Held {
    kept: KeptSuspension,
    /// By the monotonic clock.
    until: Option<Duration>,
    is_written: bool,
}

impl Register {
    fn shown(&self) -> Suspended {
        let mut all = Suspended::default();
        for held in self.by_key.values() {
            all.add(&held.kept.target, held.until);
        }
        let damaged = self.damaged.keys();
        for key in damaged.filter_map(|key| SuspensionKey::parse(key)) {
            all.add_key(key);
        }
        all
    }

    fn is_full_for(&self, key: &str) -> bool {
        let count = self.by_key.len() + self.damaged.len();
        count >= SUSPENSIONS_MAX && !self.by_key.contains_key(key)
    }

    fn ended(&self, now: Duration) -> Vec<String> {
        let all = self.by_key.iter();
        let ended = all.filter(|(_, held)| held.until.is_some_and(|until| until <= now));
        ended.map(|(key, _)| key.clone()).collect()
    }
}

// What an operator does.
impl Host {
    /// Suspends an agent, a tenant or a policy: from the next decision on, recalled ones, waiting ones and comparisons included.
    /// A suspended agent or tenant is answered `deny` with the reason `lictor:suspended`; a suspended policy isn't run, which is the
    /// fault [`Fault::Suspended`](crate::Fault::Suspended) that the failure policy answers, though never with the last good version. What is suspended already is
    /// suspended anew. It outlives what it names: a policy that is bound again, or a tenant that is taken in again, is suspended still.
    ///
    /// `until_ms` ends it at that time, in milliseconds since 1970; a wall clock that is set while the host runs ends it neither sooner
    /// nor later.
    ///
    /// It takes effect before it is written down, and also where that can't be done now; [`Suspension::is_written`] says which.
    ///
    /// # Errors
    /// There is no such tenant or policy, the end is in the past, or there are [`SUSPENSIONS_MAX`] already.
    pub fn suspend(
        &self,
        target: SuspensionTarget,
        until_ms: Option<u64>,
    ) -> Result<Suspension, HostError> {
        let mut control = self.control();
        self.check_target(&control, &target)?;
        let at_ms = control.trust.time(self.now()).0;
        if until_ms.is_some_and(|until_ms| until_ms <= at_ms) {
            return Err(HostError::SuspensionOver);
        }
        let (by, why) = self.actor();
        let kept = KeptSuspension {
            target,
            at_ms,
            by: by.to_owned(),
            why: why.map(str::to_owned),
            until_ms,
        };
        // What no journal takes is refused before it takes effect.
        change(&kept).check()?;
        let key = kept.target.key();
        if control.suspensions.is_full_for(&key) {
            self.forget_ended(&mut control);
        }
        let register = &mut control.suspensions;
        if register.is_full_for(&key) {
            return Err(HostError::TooManySuspensions {
                max: SUSPENSIONS_MAX,
            });
        }
        let held = Held {
            until: self.ends(until_ms, at_ms),
            kept,
            is_written: false,
        };
        register.by_key.insert(key.clone(), held);
        register.damaged.remove(&key);
        // INVARIANT: it counts before anything is done that could fail.
        self.state.suspensions.show(register.shown());
        Self::write_what_waits(&mut control);
        let held = control.suspensions.by_key.get(&key);
        let held = held.expect("it was just put in, under the same lock");
        notice::suspended(&held.kept.target, &held.kept.by, held.is_written);
        Ok(Suspension {
            kept: held.kept.clone(),
            is_written: held.is_written,
        })
    }

    /// Lifts a suspension.
    ///
    /// # Errors
    /// There is none of exactly this, or it can't be written down: then it holds on.
    pub fn unsuspend(&self, target: &SuspensionTarget) -> Result<(), HostError> {
        let mut control = self.control();
        let key = target.key();
        let register = &control.suspensions;
        if !register.by_key.contains_key(&key) && !register.damaged.contains_key(&key) {
            return Err(HostError::NotSuspended {
                target: target.clone(),
            });
        }
        let change = self
            .begin(&mut control, format!("lift the suspension of {target}"))
            .remove::<KeptSuspension>(key.clone());
        Self::journal(&mut control, change)?;
        control.suspensions.by_key.remove(&key);
        control.suspensions.damaged.remove(&key);
        self.state.suspensions.show(control.suspensions.shown());
        let (by, _) = self.actor();
        notice::lifted(target, by);
        Ok(())
    }

    /// What is suspended: agents, then policies, then tenants.
    pub fn suspensions(&self) -> Vec<Suspension> {
        let control = self.control();
        let now = self.state.clock.monotonic();
        let all = control.suspensions.by_key.values();
        all.filter(|held| held.until.is_none_or(|until| now < until))
            .map(|held| Suspension {
                kept: held.kept.clone(),
                is_written: held.is_written,
            })
            .collect()
    }

    /// What an operator has to see to about suspensions: those that a restart would forget, and those that can't be understood.
    pub(crate) fn suspension_troubles(&self) -> Vec<String> {
        let control = self.control();
        let register = &control.suspensions;
        let unwritten = register.by_key.values().filter(|held| !held.is_written);
        let unwritten = unwritten.map(|held| {
            let target = &held.kept.target;
            format!("the suspension of {target} holds, but could not be written down yet: a restart would forget it")
        });
        let damaged = register.damaged.iter().map(|(key, why)| {
            let how = match SuspensionKey::parse(key) {
                Some(_) => "can't be understood and holds on; suspend the same again, or lift it",
                None => "can't be understood, and nobody knows what it stopped",
            };
            format!("the suspension `{key}` {how}: {why}")
        });
        unwritten.chain(damaged).collect()
    }

    fn check_target(&self, control: &Control, target: &SuspensionTarget) -> Result<(), HostError> {
        match target {
            SuspensionTarget::Agent { agent, tenant } => {
                if agent.len() > AGENT_BYTES_MAX {
                    return Err(HostError::AgentTooLong {
                        max: AGENT_BYTES_MAX,
                    });
                }
                tenant
                    .as_ref()
                    .map_or(Ok(()), |tenant| self.is_there(tenant))
            }
            SuspensionTarget::Tenant { tenant } => self.is_there(tenant),
            SuspensionTarget::Policy { tenant, policy } => {
                let has = if tenant.is_base() {
                    control.base.bindings.knows(policy)
                } else {
                    self.tenant(tenant)?.view.load().bindings.knows(policy)
                };
                has.then_some(()).ok_or_else(|| HostError::UnknownPolicy {
                    policy: policy.clone(),
                })
            }
        }
    }

    fn is_there(&self, tenant: &TenantName) -> Result<(), HostError> {
        self.tenant(tenant).map(drop)
    }
}

// How it is kept.
impl Host {
    /// When something ends by the monotonic clock.
    fn ends(&self, until_ms: Option<u64>, now_ms: u64) -> Option<Duration> {
        let left_ms = until_ms?.saturating_sub(now_ms);
        let now = self.state.clock.monotonic();
        Some(now.saturating_add(Duration::from_millis(left_ms)))
    }

    /// Takes out what is over. It counts no more anyway; what can't be taken out of the store now goes after a restart.
    pub(super) fn forget_ended(&self, control: &mut MutexGuard<'_, Control>) {
        let register = &mut control.suspensions;
        let ended = register.ended(self.state.clock.monotonic());
        if ended.is_empty() {
            return;
        }
        for key in &ended {
            register.by_key.remove(key);
        }
        self.state.suspensions.show(register.shown());
        let at = control.trust.time(self.now());
        let what = format!("{} suspensions are over", ended.len());
        let change = Change::new(at.0, "host", what);
        let change = ended
            .into_iter()
            .fold(change, |change, key| change.remove::<KeptSuspension>(key));
        let _ = Self::journal(control, change);
    }

    /// Writes down what took effect before it could be written.
    pub(super) fn write_suspensions(control: &mut Control) {
        let held = control.suspensions.by_key.iter();
        let waiting: Vec<_> = held
            .filter(|(_, held)| !held.is_written)
            .map(|(key, held)| (key.clone(), held.kept.clone()))
            .collect();
        for (key, kept) in waiting {
            if Self::journal(control, change(&kept)).is_err() {
                return;
            }
            if let Some(held) = control.suspensions.by_key.get_mut(&key) {
                held.is_written = true;
            }
        }
    }

    /// Has what the store keeps count, before any request is decided.
    pub(super) fn restore_suspensions(
        &self,
        control: &Control,
        store: &Store,
    ) -> Result<Register, StateError> {
        let mut register = Register::default();
        let now_ms = control.trust.trusted_time().0;
        for (key, entry) in store.each::<KeptSuspension>()? {
            match entry {
                Ok(kept) => {
                    let held = Held {
                        until: self.ends(kept.until_ms, now_ms),
                        kept,
                        is_written: true,
                    };
                    register.by_key.insert(key, held);
                }
                Err(error) => {
                    register.damaged.insert(key, error.to_string());
                }
            }
        }
        self.state.suspensions.show(register.shown());
        Ok(register)
    }
}

fn change(kept: &KeptSuspension) -> Change {
    let what = format!("suspend {}", kept.target);
    Change::new(kept.at_ms, kept.by.clone(), what)
        .because(kept.why.clone())
        .put(kept)
}
