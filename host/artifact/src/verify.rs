//! What makes a fetched file a verified one, for one tenant.
//!
//! The only place where a [`Verified`] is made. Must never look at the component other than to hash it.

use std::sync::Arc;

use lictor_policy::{Digest, PolicyName, TenantName, Version};

use crate::keyring::Tally;
use crate::statement::Digests;
use crate::{
    Admitted, Fetched, KeyId, Keyring, Manifest, Provenance, Rollback, RollbackClaim, Standing,
    UnixMs,
};

/// What a file is verified for.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    tenant: &'a TenantName,
    now: Option<UnixMs>,
    highest_seen: Option<&'a Version>,
    rollback: Option<&'a Rollback>,
}

/// A file that a keyring accepted for one tenant.
#[derive(Clone)]
pub struct Verified {
    admitted: Admitted,
    manifest: Arc<Manifest>,
    signers: Vec<KeyId>,
    component: Arc<[u8]>,
    provenance: Option<(Provenance, Vec<KeyId>)>,
    rollback: Option<Digest>,
}

/// Why a file isn't accepted. Each variant is one check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The statement is about other bytes.
    #[error("the component's {algorithm} digest isn't the one that the manifest's statement names")]
    Component {
        /// `sha256` or `blake3`.
        algorithm: &'static str,
    },
    /// The artifact is revoked.
    #[error("the artifact {0} is revoked")]
    RevokedArtifact(Digest),
    /// The component is revoked, whatever statement is about it.
    #[error("the component {0} is revoked")]
    RevokedComponent(Digest),
    /// A known key's signature is bad.
    #[error("the signature of `{0}` is bad")]
    BadSignature(KeyId),
    /// A known key's signature over the provenance is bad.
    #[error("the signature of `{0}` over the provenance is bad")]
    BadProvenanceSignature(KeyId),
    /// No key that signed is known.
    #[error("no key that the keyring knows signed it, only `{}`", .0.iter().map(KeyId::to_string).collect::<Vec<_>>().join("`, `"))]
    UnknownKeys(Vec<KeyId>),
    /// The key that signed is revoked.
    #[error("the key `{0}` that signed it is revoked")]
    RevokedKey(KeyId),
    /// The key that signed is no longer valid.
    #[error("the key `{key}` that signed it expired at {not_after}")]
    ExpiredKey {
        /// The key.
        key: KeyId,
        /// When it expired.
        not_after: UnixMs,
    },
    /// The key that signed isn't valid yet.
    #[error("the key `{key}` that signed it is valid from {not_before}")]
    KeyNotYetValid {
        /// The key.
        key: KeyId,
        /// When it will be valid.
        not_before: UnixMs,
    },
    /// The key that signed may not sign for this tenant.
    #[error("the key `{key}` that signed it may not sign for the tenant `{tenant}`")]
    OtherTenant {
        /// The key.
        key: KeyId,
        /// The tenant.
        tenant: TenantName,
    },
    /// The key that signed may not sign this policy.
    #[error("the key `{key}` that signed it may not sign the policy `{policy}`")]
    OtherPolicy {
        /// The key.
        key: KeyId,
        /// The policy.
        policy: String,
    },
    /// Fewer keys signed than the tenant asks for.
    #[error("{needed} keys must sign for this tenant, {counted} did")]
    Threshold {
        /// How many are needed.
        needed: u32,
        /// How many counted.
        counted: u32,
        /// All signatures, with what each counted for.
        signatures: Vec<(KeyId, Standing)>,
    },
    /// The artifact isn't valid yet.
    #[error("the artifact is valid from {0}")]
    NotYetValid(UnixMs),
    /// The artifact is no longer valid.
    #[error("the artifact was valid until {0}")]
    Expired(UnixMs),
    /// The keyring sets a floor above it.
    #[error("the keyring refuses versions below {floor}, this is {version}")]
    BelowFloor {
        /// The lowest version that may be installed.
        floor: Version,
        /// This version.
        version: Version,
    },
    /// A higher version was seen.
    #[error(
        "version {highest} was seen and this is {version}: a lower one needs an operator's signed rollback"
    )]
    LowerVersion {
        /// The highest version seen.
        highest: Version,
        /// This version.
        version: Version,
    },
    /// The rollback is about something else.
    #[error("the rollback doesn't allow going from {highest} to {version} here")]
    OtherRollback {
        /// The highest version seen.
        highest: Version,
        /// This version.
        version: Version,
    },
}

impl<'a> Admission<'a> {
    /// A first admission for a tenant, at a time (see [`crate::ClockGuard`]), with no version seen yet.
    pub fn new(tenant: &'a TenantName, now: UnixMs) -> Self {
        Self {
            tenant,
            now: Some(now),
            highest_seen: None,
            rollback: None,
        }
    }

    /// Verifying again what was admitted before, at a restart: all but time and versions, which gate the first admission only.
    pub fn again(tenant: &'a TenantName) -> Self {
        Self {
            tenant,
            now: None,
            highest_seen: None,
            rollback: None,
        }
    }

    /// The highest version of this policy that the tenant has installed; a lower one is refused.
    pub fn highest_seen(mut self, version: Option<&'a Version>) -> Self {
        self.highest_seen = version;
        self
    }

    /// An operator's leave to install a lower version.
    pub fn rollback(mut self, rollback: Option<&'a Rollback>) -> Self {
        self.rollback = rollback;
        self
    }
}

impl Keyring {
    /// Verifies a file: digests, revocations, signatures, who may sign what, validity and versions, in this order.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &self,
        fetched: &Fetched,
        admission: Admission<'_>,
    ) -> Result<Verified, VerifyError> {
        let digests = check_component(fetched)?;
        let component_digest = Digest::from(digests.blake3());
        self.check_digests(fetched.digest(), component_digest)?;
        let manifest = fetched.manifest();
        let tally = self
            .tally(fetched.envelope(), |key| {
                key.standing_for(admission.tenant, &manifest.policy, admission.now)
            })
            .map_err(VerifyError::BadSignature)?;
        let provenance = self.provenance(fetched)?;
        let checked = tally.checked().collect();
        let signers = self.judge(tally, admission.tenant, &manifest.policy)?;
        let rollback = admission.check(self, manifest)?;
        Ok(Verified {
            admitted: Admitted {
                tenant: admission.tenant.clone(),
                policy: manifest.policy.clone(),
                version: manifest.version.clone(),
                artifact: fetched.digest(),
                component: component_digest,
                keys: checked,
            },
            manifest: Arc::clone(fetched.shared_manifest()),
            signers,
            component: Arc::clone(fetched.component()),
            provenance,
            rollback,
        })
    }

    /// Judges again what this same keyring verified: who may sign it, validity and versions, as they are by now. Nothing is hashed
    /// and no signature computed, since neither can have changed; under another keyring it must be verified anew, since that
    /// may know keys whose signatures nobody has looked at.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify_again(
        &self,
        verified: &Verified,
        admission: Admission<'_>,
    ) -> Result<Verified, VerifyError> {
        let manifest = &verified.manifest;
        let admission = Admission {
            tenant: verified.tenant(),
            ..admission
        };
        let tally = self.tally_checked(&verified.admitted.keys, |key| {
            key.standing_for(admission.tenant, &manifest.policy, admission.now)
        });
        Ok(Verified {
            signers: self.judge(tally, admission.tenant, &manifest.policy)?,
            rollback: admission.check(self, manifest)?,
            ..verified.clone()
        })
    }

    pub(crate) fn check_digests(
        &self,
        artifact: Digest,
        component: Digest,
    ) -> Result<(), VerifyError> {
        let document = self.document();
        if document.revoked_artifacts.contains(&artifact) {
            return Err(VerifyError::RevokedArtifact(artifact));
        }
        if document.revoked_components.contains(&component) {
            return Err(VerifyError::RevokedComponent(component));
        }
        Ok(())
    }

    /// The keys that count, where they are enough.
    pub(crate) fn judge(
        &self,
        tally: Tally,
        tenant: &TenantName,
        policy: &PolicyName,
    ) -> Result<Vec<KeyId>, VerifyError> {
        let needed = self.threshold(tenant);
        if tally.reaches(needed) {
            return Ok(tally.counted().collect());
        }
        Err(match tally.only_reason() {
            Some((key, Standing::Revoked)) => VerifyError::RevokedKey(key),
            Some((key, Standing::Expired(not_after))) => VerifyError::ExpiredKey { key, not_after },
            Some((key, Standing::NotYetValid(not_before))) => {
                VerifyError::KeyNotYetValid { key, not_before }
            }
            Some((key, Standing::OtherPolicy)) => VerifyError::OtherPolicy {
                key,
                policy: policy.to_string(),
            },
            Some((key, Standing::OtherTenant)) => VerifyError::OtherTenant {
                key,
                tenant: tenant.clone(),
            },
            Some((_, Standing::Unknown)) => {
                let signatures = tally.into_signatures();
                VerifyError::UnknownKeys(signatures.into_iter().map(|(key, _)| key).collect())
            }
            Some((_, Standing::Counted | Standing::NoUpdates)) | None => VerifyError::Threshold {
                needed,
                counted: tally.counted().count() as u32,
                signatures: tally.into_signatures(),
            },
        })
    }

    /// The provenance, and the known keys that signed it.
    fn provenance(
        &self,
        fetched: &Fetched,
    ) -> Result<Option<(Provenance, Vec<KeyId>)>, VerifyError> {
        let Some(carried) = fetched.carried() else {
            return Ok(None);
        };
        let tally = self
            .tally(&carried.envelope, |_| Standing::Counted)
            .map_err(VerifyError::BadProvenanceSignature)?;
        Ok(Some((
            carried.provenance.clone(),
            tally.counted().collect(),
        )))
    }
}

fn check_component(fetched: &Fetched) -> Result<Digests, VerifyError> {
    let found = fetched.digests();
    let named = fetched.subject().digests();
    if found.sha256() != named.sha256() {
        return Err(VerifyError::Component {
            algorithm: "sha256",
        });
    }
    if found.blake3() != named.blake3() {
        return Err(VerifyError::Component {
            algorithm: "blake3",
        });
    }
    Ok(found)
}

impl Admission<'_> {
    /// Time and versions; gives the rollback that was needed.
    fn check(&self, keyring: &Keyring, manifest: &Manifest) -> Result<Option<Digest>, VerifyError> {
        let Some(now) = self.now else { return Ok(None) };
        if let Some(start) = manifest.validity.begins_after(now) {
            return Err(VerifyError::NotYetValid(start));
        }
        if let Some(end) = manifest.validity.ended_before(now) {
            return Err(VerifyError::Expired(end));
        }
        let version = &manifest.version;
        match keyring.floor(self.tenant, &manifest.policy) {
            Some(floor) if version.cmp_precedence(floor).is_lt() => Err(VerifyError::BelowFloor {
                floor: floor.clone(),
                version: version.clone(),
            }),
            _ => self.check_version(manifest),
        }
    }

    fn check_version(&self, manifest: &Manifest) -> Result<Option<Digest>, VerifyError> {
        let version = &manifest.version;
        let Some(highest) = self.highest_seen else {
            return Ok(None);
        };
        if version.cmp_precedence(highest).is_ge() {
            return Ok(None);
        }
        let (highest, version) = (highest.clone(), version.clone());
        match self.rollback {
            None => Err(VerifyError::LowerVersion { highest, version }),
            Some(rollback) => match rollback.claim() {
                RollbackClaim::Policy {
                    tenant,
                    policy,
                    from,
                    to,
                    ..
                } if (tenant, policy) == (self.tenant, &manifest.policy)
                    && (from, to) == (&highest, &version) =>
                {
                    Ok(Some(rollback.digest()))
                }
                _ => Err(VerifyError::OtherRollback { highest, version }),
            },
        }
    }
}

// --- Verified

impl Verified {
    /// What to keep while it runs.
    pub fn admitted(&self) -> &Admitted {
        &self.admitted
    }

    /// The tenant that it was verified for.
    pub fn tenant(&self) -> &TenantName {
        &self.admitted.tenant
    }

    /// The component's bytes, without the signature section.
    pub fn component(&self) -> &Arc<[u8]> {
        &self.component
    }

    /// What its author says about it.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// What names the artifact: the digest of its statement.
    pub fn artifact(&self) -> Digest {
        self.admitted.artifact
    }

    /// The BLAKE3 digest of the component's bytes, by which native code is shared.
    pub fn component_digest(&self) -> Digest {
        self.admitted.component
    }

    /// The keys whose signatures counted.
    pub fn signers(&self) -> &[KeyId] {
        &self.signers
    }

    /// The provenance that travelled with it, and the known keys that signed that; perhaps none did.
    pub fn provenance(&self) -> Option<(&Provenance, &[KeyId])> {
        let (provenance, signers) = self.provenance.as_ref()?;
        Some((provenance, signers))
    }

    /// The rollback without which it would have been refused; whoever keeps the state strikes it off.
    pub fn rollback(&self) -> Option<Digest> {
        self.rollback
    }
}

impl AsRef<Admitted> for Verified {
    fn as_ref(&self) -> &Admitted {
        &self.admitted
    }
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified")
            .field("admitted", &self.admitted)
            .finish_non_exhaustive()
    }
}
