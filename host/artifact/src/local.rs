//! Signing in memory, for whoever evaluates, tests or measures a component that was just built.
//!
//! No switch turns verification off: what is built here goes through the same verification as what came from far, under a
//! key that lives as long as the process and is trusted for nobody but the tenants named here.

use std::sync::Arc;

use lictor_policy::{NameError, TenantName};

use crate::keyring::KeyringError;
use crate::{
    Admission, Fetched, Keyring, KeyringDocument, Manifest, PrivateKey, Scope, SignError,
    TrustedKey, UnixMs, Verified, VerifyError,
};

/// A key that is never written anywhere, and the keyring that trusts it for a few tenants.
#[derive(Debug)]
pub struct ThrowAwayKey {
    key: PrivateKey,
    keyring: Keyring,
}

/// Why a component isn't signed and verified in memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalError {
    /// It can't be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was signed isn't accepted, for example since its manifest isn't valid now.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The keyring can't be made.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The tenant can't be named.
    #[error(transparent)]
    Tenant(#[from] NameError),
}

impl ThrowAwayKey {
    /// The tenant of whoever works on a policy.
    pub const TENANT: &'static str = "local";

    /// A key from 32 fresh random bytes, trusted for the tenant `local` alone.
    ///
    /// # Errors
    /// It never fails.
    pub fn new(seed: &[u8; 32]) -> Result<Self, LocalError> {
        Self::for_tenants(seed, [Self::TENANT.parse()?])
    }

    /// The same for the tenants that a test or an embedder names.
    ///
    /// # Errors
    /// So many tenants don't fit a keyring.
    pub fn for_tenants(
        seed: &[u8; 32],
        tenants: impl IntoIterator<Item = TenantName>,
    ) -> Result<Self, LocalError> {
        let key = PrivateKey::from_seed(seed);
        let mut document = KeyringDocument::empty();
        let trusted = TrustedKey::new("this process", Scope::only(tenants));
        document.keys.insert(key.public(), trusted);
        let keyring = Keyring::new(document)?;
        Ok(Self { key, keyring })
    }

    /// The keyring that trusts it.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Signs a component with its manifest.
    ///
    /// # Errors
    /// The bytes are no component or signed already, or the manifest is out of bounds.
    pub fn sign(
        &self,
        component: impl Into<Arc<[u8]>>,
        manifest: Manifest,
    ) -> Result<Fetched, LocalError> {
        Ok(Fetched::new(component, manifest, &self.key)?)
    }

    /// Signs a component and verifies it for a tenant, at a time.
    ///
    /// # Errors
    /// It can't be signed, or isn't accepted.
    pub fn admit(
        &self,
        component: impl Into<Arc<[u8]>>,
        manifest: Manifest,
        tenant: &TenantName,
        now: UnixMs,
    ) -> Result<Verified, LocalError> {
        let fetched = self.sign(component, manifest)?;
        Ok(self.keyring.verify(&fetched, Admission::new(tenant, now))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::COMPONENT_HEADER;
    use lictor_policy::Version;

    fn admit(key: &ThrowAwayKey, tenant: &str) -> Result<Verified, LocalError> {
        let version = Version::new(1, 0, 0);
        let manifest = Manifest::new("p".parse().unwrap(), version.clone(), version);
        key.admit(
            COMPONENT_HEADER.to_vec(),
            manifest,
            &tenant.parse().unwrap(),
            UnixMs(0),
        )
    }

    #[test]
    fn it_is_trusted_for_local_alone() {
        let key = ThrowAwayKey::new(&[7; 32]).unwrap();
        let verified = admit(&key, "local").unwrap();
        assert_eq!(verified.tenant().as_str(), "local");
        assert_eq!(**verified.component(), COMPONENT_HEADER);
        assert!(matches!(
            admit(&key, "bank"),
            Err(LocalError::Verify(VerifyError::OtherTenant { .. }))
        ));
    }

    #[test]
    fn an_embedder_names_the_tenants() {
        let tenants = ["bank", "shop"].map(|name| name.parse().unwrap());
        let key = ThrowAwayKey::for_tenants(&[7; 32], tenants).unwrap();
        assert!(admit(&key, "bank").is_ok() && admit(&key, "shop").is_ok());
        assert!(admit(&key, "local").is_err());
    }
}
