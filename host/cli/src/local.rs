//! Signing in memory, for trying policies: with a key that is thrown away, and that is trusted for the tenant `local` alone.
//!
//! What is tried goes through the same verification as in production. There is no way around it.

use lictor::{
    Admission, Fetched, Keyring, Limits, TenantName, ThrowAwayKey, UnixMs, Verified, check_bytes,
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::random;
use crate::source::Source;

/// A key that nobody else has, and that is gone with this process.
pub struct Local {
    key: ThrowAwayKey,
}

impl Local {
    /// A new key.
    pub fn new() -> Result<Self, Failure> {
        let seed = random::bytes()?;
        let key = ThrowAwayKey::new(&seed).map_err(|error| Failure::new(Exit::HostFault, error))?;
        Ok(Self { key })
    }

    /// The tenant that the key is trusted for.
    pub fn tenant() -> TenantName {
        ThrowAwayKey::TENANT.parse().expect("it is a name")
    }

    /// What trusts the key.
    pub fn keyring(&self) -> &Keyring {
        self.key.keyring()
    }

    /// The component of a source, signed: with the manifest that its file has, where it has one, but for the window of time,
    /// since it is tried and not admitted.
    ///
    /// # Errors
    /// The source is no component, or too large.
    pub fn sign(&self, source: &Source, limits: &Limits) -> Result<Fetched, Failure> {
        check_bytes(&source.component, limits)?;
        let mut manifest = match &source.signed {
            Some(signed) => signed.manifest().clone(),
            None => lictor::manifest(
                source.policy.clone(),
                source.version.clone(),
                &source.component,
            )?,
        };
        manifest.validity = lictor::Validity::default();
        let signed = self.key.sign(source.component.clone(), manifest);
        signed.map_err(|error| Failure::new(Exit::Refused, error))
    }

    /// The component of a source, signed and verified.
    ///
    /// # Errors
    /// As for [`Local::sign`].
    pub fn verified(&self, source: &Source, limits: &Limits) -> Result<Verified, Failure> {
        let fetched = self.sign(source, limits)?;
        let tenant = Self::tenant();
        let admission = Admission::new(&tenant, UnixMs(0));
        let verified = self.keyring().verify(&fetched, admission);
        verified.map_err(|error| Failure::new(Exit::Refused, error))
    }
}
