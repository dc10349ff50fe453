//! Verifying an artifact: what it is held against is taken at one moment, and the work is done on that, so that nobody who
//! guards a [`Trust`] waits for hashes and signatures.

use std::sync::Arc;

use lictor_artifact::{
    Admission, Fetched, Jump, Keyring, Manifest, Rollback, SignedRollback, UnixMs, Verified,
    VerifyError,
};
use lictor_policy::{Digest, TenantName, Version};

use super::{Now, Trust, TrustError};
use crate::entry::HighestVersion;

/// An artifact and all that it is verified against, as it was at one moment.
#[derive(Debug)]
pub struct Verification<'a> {
    fetched: &'a Fetched,
    keyring: Arc<Keyring>,
    gate: Gate,
    jump: Option<Jump>,
}

/// An artifact that was verified, to be admitted when all else about it is done.
#[derive(Clone, Debug)]
pub struct Candidate {
    verified: Verified,
    /// By which keyring.
    keyring: Arc<Keyring>,
}

impl Candidate {
    /// What was verified.
    pub fn verified(&self) -> &Verified {
        &self.verified
    }
}

/// What gates an admission besides the keyring.
#[derive(Debug)]
struct Gate {
    tenant: TenantName,
    /// The time; nothing where the tenant was admitted the same artifact before.
    time: Option<UnixMs>,
    highest: Option<Version>,
    rollback: Option<Rollback>,
}

impl Gate {
    fn admission(&self) -> Admission<'_> {
        match self.time {
            None => Admission::again(&self.tenant),
            Some(time) => Admission::new(&self.tenant, time)
                .highest_seen(self.highest.as_ref())
                .rollback(self.rollback.as_ref()),
        }
    }
}

impl Verification<'_> {
    /// Verifies the artifact, in time proportional to its bytes.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn run(self) -> Result<Candidate, TrustError> {
        let verified = self.keyring.verify(self.fetched, self.gate.admission());
        let verified = verified.map_err(|error| by_jumped_clock(error, self.jump))?;
        Ok(Candidate {
            verified,
            keyring: self.keyring,
        })
    }
}

fn by_jumped_clock(source: VerifyError, jump: Option<Jump>) -> TrustError {
    match jump {
        Some(jump) => TrustError::VerifyByJumpedClock { source, jump },
        None => source.into(),
    }
}

impl Trust {
    /// Takes what is needed to verify an artifact for a tenant: that the keyring accepts it, and that no higher version was seen.
    /// This itself costs little, and what comes of it needs nobody's guard.
    ///
    /// What the tenant was admitted before needs neither time nor version nor a rollback again: validity gates admission, so a
    /// restart or other parameters are no new admission.
    ///
    /// # Errors
    /// There is no keyring, or a rollback that is needed isn't accepted.
    pub fn verification<'a>(
        &mut self,
        fetched: &'a Fetched,
        tenant: &TenantName,
        now: Now,
        rollback: Option<&SignedRollback>,
    ) -> Result<Verification<'a>, TrustError> {
        let reading = self.clock.read(now.wall, now.monotonic);
        let keyring = self.keyring.clone().ok_or(TrustError::NoKeyring)?;
        let of = (fetched.manifest(), fetched.digest());
        Ok(Verification {
            fetched,
            keyring,
            gate: self.gate(of, tenant, reading.now, rollback)?,
            jump: reading.jump,
        })
    }

    /// Whether the keyring is still the one that verified this, so that admitting it needs no hash and no signature.
    pub fn is_current(&self, candidate: &Candidate) -> bool {
        let current = self.keyring.as_ref();
        current.is_some_and(|current| Arc::ptr_eq(current, &candidate.keyring))
    }

    /// Judges a candidate as things are by now.
    pub(super) fn judge_again(
        &self,
        candidate: &Candidate,
        fetched: &Fetched,
        time: UnixMs,
        rollback: Option<&SignedRollback>,
    ) -> Result<Verified, TrustError> {
        let verified = &candidate.verified;
        let of = (verified.manifest().as_ref(), verified.artifact());
        let gate = self.gate(of, verified.tenant(), time, rollback)?;
        let keyring = self.keyring()?;
        Ok(if self.is_current(candidate) {
            keyring.verify_again(verified, gate.admission())?
        } else {
            keyring.verify(fetched, gate.admission())?
        })
    }

    fn gate(
        &self,
        (manifest, artifact): (&Manifest, Digest),
        tenant: &TenantName,
        time: UnixMs,
        rollback: Option<&SignedRollback>,
    ) -> Result<Gate, TrustError> {
        let seen = self.highest.get(&(tenant.clone(), manifest.policy.clone()));
        let is_known = seen.is_some_and(|seen| seen.has_admitted(artifact));
        let is_lower =
            |seen: &HighestVersion| manifest.version.cmp_precedence(&seen.version).is_lt();
        let needed = rollback.filter(|_| !is_known && seen.is_some_and(is_lower));
        Ok(Gate {
            tenant: tenant.clone(),
            time: (!is_known).then_some(time),
            highest: seen.map(|seen| seen.version.clone()),
            rollback: self.rollback(needed, time)?,
        })
    }
}
