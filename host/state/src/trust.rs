//! Whom a host trusts and which versions it has seen: the keyring, kept and replaced by its own rules.
//!
//! A change is in the store before it counts. Must never verify anything by rules of its own: those are the keyring's.

mod error;
mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lictor_artifact::{
    Admission, Admitted, ClockGuard, Fetched, Jump, Keyring, KeyringDifference, KeyringDocument,
    Rollback, SignedKeyring, SignedRollback, UnixMs, Verified, VerifyError,
};
use lictor_policy::{Digest, PolicyName, TenantName};

use crate::change::Change;
use crate::entry::{HighestVersion, InstalledKeyring, TrustedTime, UsedRollback};
use crate::error::StateError;
use crate::journal::TEXT_BYTES_MAX;
use crate::store::Store;

pub use error::TrustError;
pub use verification::{Candidate, Verification};

/// The readings of both clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The time of day.
    pub wall: UnixMs,
    /// A time that can't be set, since some fixed moment of this process.
    pub monotonic: Duration,
}

/// Whom a host trusts, in memory and, where there is a store, on the disk.
#[derive(Debug)]
pub struct Trust {
    /// Shared with what is being verified, which takes no lock meanwhile.
    keyring: Option<Arc<Keyring>>,
    /// One for each policy that a tenant ever had, for good: a tenant that is let go and taken in again must not find its old
    /// versions installable. So there are at most [`POLICIES_SEEN_MAX`] for a tenant.
    highest: BTreeMap<(TenantName, PolicyName), HighestVersion>,
    /// What rollbacks were used, for good. Each takes a statement that operators signed by hand and names one step back, and some
    /// 50 bytes here: a thousand a year are no burden, so none is ever forgotten and no clock decides what may be used again.
    used: BTreeSet<Digest>,
    clock: ClockGuard,
    /// The trusted time that the store has.
    kept_time: UnixMs,
    store: Option<Store>,
}

/// An artifact that is to be admitted.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// What was verified.
    pub candidate: &'a Candidate,
    /// The file, to be verified again where something has changed meanwhile.
    pub fetched: &'a Fetched,
    /// An operator's leave for a lower version.
    pub rollback: Option<&'a SignedRollback>,
}

/// How many policies a tenant may ever have had. Each is remembered for good, in some 500 bytes, so that its versions can't go
/// back; beyond this number new names are refused.
pub const POLICIES_SEEN_MAX: usize = 1_024;

/// How far trusted time may run ahead of the time that the store has. A clock that is set back by less than this while the host
/// is down isn't noticed.
const TIME_KEPT_EVERY_MS: u64 = 3_600_000;

impl Trust {
    /// A host that trusts nobody, and remembers nothing over a restart.
    pub fn nobody(now: Now) -> Self {
        Self {
            keyring: None,
            highest: BTreeMap::new(),
            used: BTreeSet::new(),
            clock: ClockGuard::new(now.wall, now.monotonic, None),
            kept_time: now.wall,
            store: None,
        }
    }

    /// A host that trusts as this keyring says, and remembers nothing over a restart.
    pub fn in_memory(keyring: Keyring, now: Now) -> Self {
        Self {
            keyring: Some(Arc::new(keyring)),
            ..Self::nobody(now)
        }
    }

    /// A host that trusts as its store says. The clock counts as set back where it stands before a time that was trusted.
    ///
    /// # Errors
    /// The store can't be read, or its keyring is damaged.
    pub fn open(store: Store, now: Now) -> Result<Self, TrustError> {
        let installed = store.get::<InstalledKeyring>(InstalledKeyring::KEY)?;
        let keyring = installed
            .map(|installed| Keyring::parse(installed.document.as_bytes()))
            .transpose()?
            .map(Arc::new);
        let highest = store.all::<HighestVersion>()?.into_iter();
        let used = store.all::<UsedRollback>()?.into_iter();
        let kept = store.get::<TrustedTime>(TrustedTime::KEY)?;
        let kept = kept.map(|time| UnixMs(time.unix_ms));
        Ok(Self {
            keyring,
            highest: highest
                .map(|highest| ((highest.tenant.clone(), highest.policy.clone()), highest))
                .collect(),
            used: used.map(|used| used.digest).collect(),
            clock: ClockGuard::new(now.wall, now.monotonic, kept),
            kept_time: kept.unwrap_or(UnixMs(0)),
            store: Some(store),
        })
    }

    /// The keyring.
    ///
    /// # Errors
    /// None was ever installed.
    pub fn keyring(&self) -> Result<&Keyring, TrustError> {
        self.keyring.as_deref().ok_or(TrustError::NoKeyring)
    }

    /// The store, where there is one.
    pub fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// The highest versions that were seen, by tenant and policy.
    pub fn highest(&self) -> impl Iterator<Item = &HighestVersion> {
        self.highest.values()
    }

    /// How far the wall clock has jumped, as long as it isn't right again: expiry stands still meanwhile.
    pub fn clock_jump(&mut self, now: Now) -> Option<Jump> {
        let reading = self.clock.read(now.wall, now.monotonic);
        // A store that can't be written says so at the next change.
        let _ = self.keep_time(reading.now);
        reading.jump
    }

    /// Takes the wall clock as right, because the operator said so.
    ///
    /// # Errors
    /// It could not be written.
    pub fn accept_clock(&mut self, now: Now, by: &str) -> Result<(), TrustError> {
        let mut clock = self.clock.clone();
        clock.accept(now.wall, now.monotonic);
        let before = std::mem::replace(&mut self.clock, clock);
        let change = Change::new(now.wall.0, by, "accept the clock");
        if let Err(error) = self.commit(change) {
            self.clock = before;
            return Err(error.into());
        }
        Ok(())
    }

    /// Verifies an artifact for a tenant now: the keyring accepts it, and no higher version was seen.
    ///
    /// # Errors
    /// As for [`Trust::verification`] and [`Verification::run`].
    pub fn verify(
        &mut self,
        fetched: &Fetched,
        tenant: &TenantName,
        now: Now,
        rollback: Option<&SignedRollback>,
    ) -> Result<Candidate, TrustError> {
        self.verification(fetched, tenant, now, rollback)?.run()
    }

    /// What was admitted, runs by the keyring in use, and would be stopped by another: with why.
    ///
    /// What is running now only a host knows; this is what was last admitted of each policy of each tenant.
    pub fn stopped_by(&self, next: &Keyring) -> Vec<(Admitted, VerifyError)> {
        let Some(current) = &self.keyring else {
            return Vec::new();
        };
        let admitted = self.highest.values().flat_map(|highest| &highest.admitted);
        admitted
            .filter(|admitted| current.recheck(*admitted).is_ok())
            .filter_map(|admitted| Some((admitted.clone(), next.recheck(admitted).err()?)))
            .collect()
    }

    /// Verifies an artifact of which the store says that the tenant was given it before: validity, versions and rollbacks
    /// gated that, so only a revocation is in the way now, or a scope that no longer holds.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify_again(
        &self,
        fetched: &Fetched,
        tenant: &TenantName,
    ) -> Result<Verified, TrustError> {
        Ok(self.keyring()?.verify(fetched, Admission::again(tenant))?)
    }

    /// Admits artifacts that were verified before, if they still would be, and makes the change with which they take effect:
    /// both are written down at once. The version of each is the highest seen from then on, or the rollback that it needed is
    /// struck off.
    ///
    /// Costs little unless the keyring was changed meanwhile; see [`Trust::is_current`].
    ///
    /// # Errors
    /// One would not be verified any more, because its time is over, something was revoked, a higher version was admitted or a
    /// floor raised meanwhile; or it could not be written. Nothing has changed then.
    pub fn admit(
        &mut self,
        arrivals: &[Arrival<'_>],
        now: Now,
        change: Change,
    ) -> Result<(), TrustError> {
        let time = self.time(now);
        let (mut change, mut news) = (change, Vec::new());
        for arrival in arrivals {
            if let Some((highest, used)) = self.arrive(arrival, time)? {
                change = change.put(&highest);
                if let Some(used) = &used {
                    change = change.put(used);
                }
                news.push((highest, used));
            }
        }
        self.commit(change)?;
        for (highest, used) in news {
            let of = (highest.tenant.clone(), highest.policy.clone());
            self.highest.insert(of, highest);
            self.note_used(used);
        }
        Ok(())
    }

    /// What is to be written down of an artifact that comes in; nothing where it was in before.
    fn arrive(
        &self,
        arrival: &Arrival<'_>,
        time: UnixMs,
    ) -> Result<Option<(HighestVersion, Option<UsedRollback>)>, TrustError> {
        let Arrival {
            candidate,
            fetched,
            rollback,
        } = *arrival;
        let verified = self.judge_again(candidate, fetched, time, rollback)?;
        let admitted = verified.admitted();
        let of = (admitted.tenant().clone(), admitted.policy().clone());
        let seen = self.highest.get(&of);
        if seen.is_some_and(|seen| seen.has_admitted(admitted.artifact())) {
            return Ok(None);
        }
        if seen.is_none() {
            self.check_room(admitted.tenant())?;
        }
        let used = self.strike_off(verified.rollback())?;
        let highest = match seen {
            // A rollback lets one artifact in, and lowers nothing for others.
            Some(seen) if used.is_some() => seen.rolled_back(admitted.clone()),
            _ => HighestVersion::of(admitted.clone()),
        };
        Ok(Some((highest, used)))
    }

    /// Makes a change, with the trusted time in it. Without a store it is made nowhere.
    ///
    /// # Errors
    /// It could not be written.
    pub fn commit(&mut self, change: Change) -> Result<(), StateError> {
        let time = self.clock.trusted();
        if let Some(store) = &self.store {
            store.commit(&change.put(&kept(&self.clock)))?;
        }
        self.kept_time = time;
        Ok(())
    }

    /// Admits for good what has been running since it was verified, however long ago, and makes the change with which it takes
    /// effect, both at once: its version is the highest seen from now on, unless a higher one is. Neither time nor versions
    /// matter, since validity gates what is new.
    ///
    /// # Errors
    /// Something of it was revoked meanwhile, or it could not be written. Nothing has changed then.
    pub fn admit_running(
        &mut self,
        admitted: &[&Admitted],
        change: Change,
    ) -> Result<(), TrustError> {
        let (mut change, mut news) = (change, Vec::new());
        for admitted in admitted.iter().copied() {
            self.keyring()?.recheck(admitted)?;
            let of = (admitted.tenant().clone(), admitted.policy().clone());
            let version = admitted.version();
            let is_higher = |seen: &HighestVersion| version.cmp_precedence(&seen.version).is_gt();
            if self.highest.get(&of).is_none_or(is_higher) {
                let highest = HighestVersion::of(admitted.clone());
                change = change.put(&highest);
                news.push((of, highest));
            }
        }
        self.commit(change)?;
        self.highest.extend(news);
        Ok(())
    }

    /// Installs a first keyring, which the operator vouches for.
    ///
    /// # Errors
    /// There is one already, or it could not be written.
    pub fn found(&mut self, keyring: Keyring, now: Now, by: &str) -> Result<(), TrustError> {
        if let Some(current) = &self.keyring {
            let version = current.version();
            return Err(TrustError::HasKeyring { version });
        }
        let time = self.time(now);
        let what = format!("install the first keyring, version {}", keyring.version());
        let nothing = Keyring::new(KeyringDocument::empty())?;
        let what = told(what, &nothing.differences(&keyring));
        let change = Change::new(time.0, by, what).put(&installed(&keyring));
        self.commit(change)?;
        self.keyring = Some(Arc::new(keyring));
        Ok(())
    }

    /// The keyring that an update would put in place, which changes nothing.
    ///
    /// # Errors
    /// There is none yet, or the update isn't accepted.
    pub fn next_keyring(
        &mut self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
        now: Now,
    ) -> Result<Keyring, TrustError> {
        let time = self.time(now);
        self.accepted(next, rollback, time)
            .map(|(keyring, _)| keyring)
    }

    /// Replaces the keyring by one that those signed whom it trusts for that. The journal tells in what it differs.
    ///
    /// # Errors
    /// There is none yet, the update isn't accepted, or it could not be written.
    pub fn update(
        &mut self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
        now: Now,
        by: &str,
        why: Option<String>,
    ) -> Result<(), TrustError> {
        let time = self.time(now);
        let (keyring, used) = self.accepted(next, rollback, time)?;
        let current = self.keyring()?;
        let (old, new) = (current.version(), keyring.version());
        let what = format!("replace keyring version {old} by {new}");
        let what = told(what, &current.differences(&keyring));
        let mut change = Change::new(time.0, by, what)
            .because(why)
            .put(&installed(&keyring));
        if let Some(used) = &used {
            change = change.put(used);
        }
        self.commit(change)?;
        self.keyring = Some(Arc::new(keyring));
        self.note_used(used);
        Ok(())
    }

    /// The keyring that an update holds, and the rollback that it needs.
    fn accepted(
        &self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
        time: UnixMs,
    ) -> Result<(Keyring, Option<UsedRollback>), TrustError> {
        let current = self.keyring()?;
        let is_older = next.unchecked().version() <= current.version();
        let rollback = self.rollback(rollback.filter(|_| is_older), time)?;
        let keyring = current.update(next, time, rollback.as_ref())?;
        let used = self.strike_off(rollback.map(|rollback| rollback.digest()))?;
        Ok((keyring, used))
    }

    fn check_room(&self, tenant: &TenantName) -> Result<(), TrustError> {
        let least = "0".parse().expect("the least of all names is one");
        let of_tenant = self.highest.range((tenant.clone(), least)..);
        let count = of_tenant.take_while(|((of, _), _)| of == tenant).count();
        if count < POLICIES_SEEN_MAX {
            return Ok(());
        }
        Err(TrustError::TooManyPolicies {
            tenant: tenant.clone(),
            max: POLICIES_SEEN_MAX,
        })
    }

    /// The last time of day that was trusted.
    pub fn trusted_time(&self) -> UnixMs {
        self.clock.trusted()
    }

    /// The time that changes are dated by.
    pub fn time(&mut self, now: Now) -> UnixMs {
        self.clock.read(now.wall, now.monotonic).now
    }

    /// A rollback that the keyring vouches for and that was not used yet.
    fn rollback(
        &self,
        signed: Option<&SignedRollback>,
        time: UnixMs,
    ) -> Result<Option<Rollback>, TrustError> {
        let Some(signed) = signed else {
            return Ok(None);
        };
        let rollback = self.keyring()?.check_rollback(signed, time)?;
        if self.used.contains(&rollback.digest()) {
            return Err(TrustError::UsedRollback);
        }
        Ok(Some(rollback))
    }

    fn strike_off(&self, rollback: Option<Digest>) -> Result<Option<UsedRollback>, TrustError> {
        match rollback {
            Some(digest) if self.used.contains(&digest) => Err(TrustError::UsedRollback),
            Some(digest) => Ok(Some(UsedRollback { digest })),
            None => Ok(None),
        }
    }

    fn note_used(&mut self, used: Option<UsedRollback>) {
        if let Some(used) = used {
            self.used.insert(used.digest);
        }
    }

    /// Writes down the trusted time from time to time, so that a clock that is set back while the host is down is noticed.
    fn keep_time(&mut self, now: UnixMs) -> Result<(), StateError> {
        if now.0.saturating_sub(self.kept_time.0) < TIME_KEPT_EVERY_MS {
            return Ok(());
        }
        if let Some(store) = &self.store {
            store.commit(&Change::new(now.0, "host", "keep the time").put(&kept(&self.clock)))?;
        }
        self.kept_time = now;
        Ok(())
    }
}

/// What was done, with as many of the differences as the journal has room for.
fn told(what: String, differences: &[KeyringDifference]) -> String {
    let mut told = what;
    let mut separator = ": ";
    for (number, difference) in differences.iter().enumerate() {
        let next = format!("{separator}{difference}");
        let rest = format!("; and {} more", differences.len().saturating_sub(number));
        if told.len().saturating_add(next.len() + rest.len()) > TEXT_BYTES_MAX {
            told.push_str(&rest);
            break;
        }
        told.push_str(&next);
        separator = "; ";
    }
    told
}

fn installed(keyring: &Keyring) -> InstalledKeyring {
    InstalledKeyring {
        version: keyring.version(),
        document: String::from_utf8_lossy(&keyring.to_bytes()).into_owned(),
    }
}

fn kept(clock: &ClockGuard) -> TrustedTime {
    TrustedTime {
        unix_ms: clock.trusted().0,
    }
}
