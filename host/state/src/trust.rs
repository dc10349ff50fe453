//! Whom a host trusts and which versions it has seen: the keyring, kept and replaced by its own rules.
//!
//! A change is in the store before it counts. Must never verify anything by rules of its own: those are the keyring's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lictor_artifact::{
    Admission, Admitted, ClockGuard, Fetched, Jump, Keyring, KeyringError, Rollback, RollbackError,
    SignedKeyring, SignedRollback, UnixMs, UpdateError, Verified, VerifyError,
};
use lictor_policy::{Digest, PolicyName, TenantName};

use crate::change::Change;
use crate::entry::{HighestVersion, InstalledKeyring, TrustedTime, UsedRollback};
use crate::error::StateError;
use crate::store::Store;

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
    keyring: Option<Keyring>,
    highest: BTreeMap<(TenantName, PolicyName), HighestVersion>,
    used: BTreeSet<Digest>,
    clock: ClockGuard,
    /// The trusted time that the store has.
    kept_time: UnixMs,
    /// Counts what could change how an artifact is judged, so that it needn't be judged twice.
    generation: u64,
    store: Option<Store>,
}

/// An artifact that was verified, to be admitted when all else about it is done.
#[derive(Clone, Debug)]
pub struct Candidate {
    verified: Verified,
    generation: u64,
}

impl Candidate {
    /// What was verified.
    pub fn verified(&self) -> &Verified {
        &self.verified
    }
}

/// How far trusted time may run ahead of the time that the store has. A clock that is set back by less than this while the host
/// is down isn't noticed.
const TIME_KEPT_EVERY_MS: u64 = 3_600_000;

/// Why something isn't trusted, or a change of who is trusted was not made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// No keyring was ever installed.
    #[error(
        "this host has no keyring, so it trusts nobody\nhint: `lictor keys trust --first` makes one"
    )]
    NoKeyring,
    /// A first keyring where there is one.
    #[error(
        "this host has a keyring already, version {version}: the keys that it trusts must sign the next"
    )]
    HasKeyring {
        /// Its version.
        version: u64,
    },
    /// The artifact isn't accepted.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The artifact isn't accepted, and the wall clock is off, which may be why.
    #[error("{source}\nhint: {jump}")]
    VerifyByJumpedClock {
        /// Why it isn't accepted.
        source: VerifyError,
        /// How far the clock is off.
        jump: Jump,
    },
    /// The keyring isn't accepted.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The rollback isn't accepted.
    #[error(transparent)]
    Rollback(#[from] RollbackError),
    /// The rollback was used before.
    #[error("the rollback was used already")]
    UsedRollback,
    /// The keyring in the store can't be read.
    #[error("the keyring in the state folder is damaged: {0}")]
    Keyring(#[from] KeyringError),
    /// The store can't be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Trust {
    /// A host that trusts nobody, and remembers nothing over a restart.
    pub fn nobody(now: Now) -> Self {
        Self {
            keyring: None,
            highest: BTreeMap::new(),
            used: BTreeSet::new(),
            clock: ClockGuard::new(now.wall, now.monotonic, None),
            kept_time: now.wall,
            generation: 0,
            store: None,
        }
    }

    /// A host that trusts as this keyring says, and remembers nothing over a restart.
    pub fn in_memory(keyring: Keyring, now: Now) -> Self {
        Self {
            keyring: Some(keyring),
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
            .transpose()?;
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
            generation: 0,
            store: Some(store),
        })
    }

    /// The keyring.
    ///
    /// # Errors
    /// None was ever installed.
    pub fn keyring(&self) -> Result<&Keyring, TrustError> {
        self.keyring.as_ref().ok_or(TrustError::NoKeyring)
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
        if let Err(error) = self.write(change) {
            self.clock = before;
            return Err(error.into());
        }
        Ok(())
    }

    /// Verifies an artifact for a tenant now: the keyring accepts it, and no higher version was seen.
    ///
    /// What the tenant was admitted before needs neither time nor version nor a rollback again: validity gates admission, so a
    /// restart or other parameters are no new admission.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &mut self,
        fetched: &Fetched,
        tenant: &TenantName,
        now: Now,
        rollback: Option<&SignedRollback>,
    ) -> Result<Candidate, TrustError> {
        let reading = self.clock.read(now.wall, now.monotonic);
        let verified = self.judge(fetched, tenant, reading.now, rollback);
        let verified = verified.map_err(|error| match (error, reading.jump) {
            (TrustError::Verify(source), Some(jump)) => {
                TrustError::VerifyByJumpedClock { source, jump }
            }
            (error, _) => error,
        })?;
        let generation = self.generation;
        Ok(Candidate {
            verified,
            generation,
        })
    }

    fn judge(
        &self,
        fetched: &Fetched,
        tenant: &TenantName,
        time: UnixMs,
        rollback: Option<&SignedRollback>,
    ) -> Result<Verified, TrustError> {
        let keyring = self.keyring()?;
        let manifest = fetched.manifest();
        let seen = self.highest.get(&(tenant.clone(), manifest.policy.clone()));
        if seen.is_some_and(|seen| seen.has_admitted(fetched.digest())) {
            return Ok(keyring.verify(fetched, Admission::again(tenant))?);
        }
        let is_lower =
            |seen: &HighestVersion| manifest.version.cmp_precedence(&seen.version).is_lt();
        let needed = rollback.filter(|_| seen.is_some_and(is_lower));
        let rollback = self.rollback(needed, time)?;
        let admission = Admission::new(tenant, time)
            .highest_seen(seen.map(|seen| &seen.version))
            .rollback(rollback.as_ref());
        Ok(keyring.verify(fetched, admission)?)
    }

    /// Whether what was admitted may go on running: nothing of it was revoked meanwhile.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn recheck(&self, admitted: &Admitted) -> Result<(), TrustError> {
        Ok(self.keyring()?.recheck(admitted)?)
    }

    /// Admits an artifact that was verified before, if it still would be: then this is written down before it is used. Its
    /// version is the highest seen from now on, or the rollback that it needed is struck off.
    ///
    /// # Errors
    /// It would not be verified any more, because something was revoked, a higher version was admitted or a floor raised
    /// meanwhile; or it could not be written.
    pub fn admit(
        &mut self,
        candidate: &Candidate,
        fetched: &Fetched,
        now: Now,
        rollback: Option<&SignedRollback>,
        by: &str,
    ) -> Result<(), TrustError> {
        let time = self.time(now);
        self.keep_time(time)?;
        let tenant = candidate.verified.tenant();
        let verified = if candidate.generation == self.generation {
            candidate.verified.clone()
        } else {
            self.judge(fetched, tenant, time, rollback)?
        };
        let manifest = verified.manifest();
        let (policy, version) = (manifest.policy.clone(), manifest.version.clone());
        let of = (tenant.clone(), policy.clone());
        let seen = self.highest.get(&of);
        if seen.is_some_and(|seen| seen.has_admitted(verified.artifact())) {
            return Ok(());
        }
        let used = self.strike_off(verified.rollback())?;
        let artifact = verified.artifact();
        let highest = match seen {
            // A rollback lets one artifact in, and lowers nothing for others.
            Some(seen) if used.is_some() => HighestVersion {
                rolled_back_to: Some(artifact),
                ..seen.clone()
            },
            _ => HighestVersion {
                tenant: tenant.clone(),
                policy: policy.clone(),
                version: version.clone(),
                artifact,
                rolled_back_to: None,
            },
        };
        let what = format!("admit {policy} {version} for {tenant}");
        let mut change = Change::new(time.0, by, what).put(&highest);
        if let Some(used) = &used {
            change = change.put(used);
        }
        self.write(change)?;
        self.highest.insert(of, highest);
        self.note_used(used);
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
        let change = Change::new(time.0, by, what).put(&installed(&keyring));
        self.write(change)?;
        self.keyring = Some(keyring);
        Ok(())
    }

    /// Replaces the keyring by one that those signed whom it trusts for that.
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
        let current = self.keyring()?;
        let version = current.version();
        let is_older = next.unchecked().version() <= version;
        let rollback = self.rollback(rollback.filter(|_| is_older), time)?;
        let keyring = current.update(next, time, rollback.as_ref())?;
        let what = format!("replace keyring version {version} by {}", keyring.version());
        let mut change = Change::new(time.0, by, what)
            .because(why)
            .put(&installed(&keyring));
        let used = rollback.map(|rollback| rollback.digest());
        let used = self.strike_off(used)?;
        if let Some(used) = &used {
            change = change.put(used);
        }
        self.write(change)?;
        self.keyring = Some(keyring);
        self.note_used(used);
        Ok(())
    }

    fn time(&mut self, now: Now) -> UnixMs {
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

    /// Writes a change, and the trusted time with it.
    fn write(&mut self, change: Change) -> Result<(), StateError> {
        let time = self.clock.trusted();
        if let Some(store) = &self.store {
            store.commit(&change.put(&kept(&self.clock)))?;
        }
        self.kept_time = time;
        self.generation = self.generation.saturating_add(1);
        Ok(())
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
