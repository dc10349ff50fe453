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
    store: Option<Store>,
}

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
        self.clock.read(now.wall, now.monotonic).jump
    }

    /// Takes the wall clock as right, because the operator said so.
    ///
    /// # Errors
    /// It could not be written.
    pub fn accept_clock(&mut self, now: Now, by: &str) -> Result<(), TrustError> {
        let mut clock = self.clock.clone();
        clock.accept(now.wall, now.monotonic);
        let change = Change::new(now.wall.0, by, "accept the clock");
        self.write(change.put(&kept(&clock)))?;
        self.clock = clock;
        Ok(())
    }

    /// Verifies an artifact for a tenant now: the keyring accepts it, and no higher version was seen.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &mut self,
        fetched: &Fetched,
        tenant: &TenantName,
        now: Now,
        rollback: Option<&SignedRollback>,
    ) -> Result<Verified, TrustError> {
        let time = self.time(now);
        let rollback = self.rollback(rollback, time)?;
        let keyring = self.keyring()?;
        let policy = fetched.manifest().policy.clone();
        let seen = self.highest.get(&(tenant.clone(), policy));
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
    /// version is the highest seen from now on, and the rollback that it needed is struck off.
    ///
    /// # Errors
    /// Something was revoked or a higher version admitted meanwhile, the rollback was used, or it could not be written.
    pub fn admit(&mut self, verified: &Verified, now: Now, by: &str) -> Result<(), TrustError> {
        self.recheck(verified.admitted())?;
        let time = self.time(now);
        let manifest = verified.manifest();
        let of = (verified.tenant().clone(), manifest.policy.clone());
        let seen = self.highest.get(&of);
        let highest = HighestVersion {
            tenant: of.0.clone(),
            policy: of.1.clone(),
            version: manifest.version.clone(),
            artifact: verified.artifact(),
        };
        if verified.rollback().is_none() {
            match seen {
                Some(seen) if *seen == highest => return Ok(()),
                Some(seen) if highest.version.cmp_precedence(&seen.version).is_lt() => {
                    let (highest, version) = (seen.version.clone(), highest.version);
                    return Err(VerifyError::LowerVersion { highest, version }.into());
                }
                _ => {}
            }
        }
        let what = format!("admit {} {} for {}", of.1, manifest.version, of.0);
        let mut change = Change::new(time.0, by, what).put(&highest);
        let used = self.strike_off(verified.rollback())?;
        if let Some(used) = &used {
            change = change.put(used);
        }
        self.write(change.put(&kept(&self.clock)))?;
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
        self.write(change.put(&kept(&self.clock)))?;
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
        let rollback = self.rollback(rollback, time)?;
        let current = self.keyring()?;
        let version = current.version();
        let keyring = current.update(next, time, rollback.as_ref())?;
        let what = format!("replace keyring version {version} by {}", keyring.version());
        let mut change = Change::new(time.0, by, what)
            .because(why)
            .put(&installed(&keyring));
        let went_back = keyring.version() <= version;
        let used = rollback
            .filter(|_| went_back)
            .map(|rollback| rollback.digest());
        let used = self.strike_off(used)?;
        if let Some(used) = &used {
            change = change.put(used);
        }
        self.write(change.put(&kept(&self.clock)))?;
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

    fn write(&self, change: Change) -> Result<(), StateError> {
        match &self.store {
            Some(store) => store.commit(&change).map(drop),
            None => Ok(()),
        }
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
