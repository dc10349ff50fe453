//! Artifacts signed by a key that exists for the tests alone, which their keyring trusts for every tenant.

use std::sync::LazyLock;

use lictor_artifact::{
    Admission, Fetched, Keyring, KeyringDocument, Manifest, PrivateKey, Scope, TrustedKey, UnixMs,
    Verified,
};
use lictor_engine::Refusal;
use lictor_policy::{PolicyName, Version};

use crate::NOW_MS;

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::from_seed(&[42; 32]));

/// The keyring of the tests. The same key signs its updates.
///
/// # Panics
/// Never: what it says is in order.
pub fn keyring() -> Keyring {
    let mut document = KeyringDocument::empty();
    let trusted = TrustedKey {
        updates: true,
        ..TrustedKey::new("the tests", Scope::All)
    };
    document.keys.insert(KEY.public(), trusted);
    Keyring::new(document).expect("the keyring is in order")
}

/// The key of the tests.
pub fn key() -> &'static PrivateKey {
    &KEY
}

/// A manifest that allows what the component imports.
pub fn manifest(policy: PolicyName, version: Version, component: &[u8]) -> Manifest {
    let of_this = lictor_engine::manifest(policy.clone(), version.clone(), component);
    // What can't be read as a component is refused later, by whoever is asked to load it.
    of_this.unwrap_or_else(|_| Manifest::new(policy, version.clone(), version))
}

/// A component, signed.
///
/// # Panics
/// It is no component.
pub fn artifact(policy: PolicyName, version: Version, component: Vec<u8>) -> Fetched {
    let manifest = manifest(policy, version, &component);
    Fetched::new(component, manifest, &KEY).expect("it can be signed")
}

/// A component, signed and verified for some tenant.
///
/// # Errors
/// The bytes are not even the frame of a component.
pub fn verified(component: &[u8]) -> Result<Verified, Refusal> {
    let policy = "policy".parse().expect("it is a name");
    let manifest = manifest(policy, Version::new(1, 0, 0), component);
    let refuse = |error: &dyn std::fmt::Display| Refusal::Invalid {
        detail: error.to_string(),
    };
    let fetched = Fetched::new(component, manifest, &KEY).map_err(|error| refuse(&error))?;
    let tenant = "bank".parse().expect("it is a name");
    let admission = Admission::new(&tenant, UnixMs(NOW_MS));
    keyring()
        .verify(&fetched, admission)
        .map_err(|error| refuse(&error))
}
