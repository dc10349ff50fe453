//! The policies that are measured with, built from their crates, and variants of them with other digests.

use std::path::Path;

use anyhow::Context;
use lictor::{
    Admission, BreakerSettings, Fetched, HostSettings, Keyring, KeyringDocument, PrivateKey,
    RecallSettings, Scope, TrustedKey, UnixMs, Verified, Version,
};
use lictor_cli::build::{BuildSpec, build};

/// Builds a policy crate, given by its folder in the project.
pub fn built(folder: &str) -> anyhow::Result<Vec<u8>> {
    let path = crate::project().join(folder);
    component(&path).with_context(|| format!("`{folder}` can't be built"))
}

fn component(path: &Path) -> anyhow::Result<Vec<u8>> {
    let built = build(&BuildSpec::new(path))?;
    Ok(std::fs::read(built.path)?)
}

/// A component, signed by the key of the benchmarks.
pub fn signed(policy: &str, component: &[u8]) -> anyhow::Result<Fetched> {
    let manifest = lictor::manifest(policy.parse()?, Version::new(1, 0, 0), component)?;
    Ok(Fetched::new(component, manifest, &key())?)
}

/// A component, signed and verified, for the engine alone.
pub fn verified(component: &[u8]) -> anyhow::Result<Verified> {
    let tenant = "bank".parse()?;
    let admission = Admission::new(&tenant, UnixMs(0));
    Ok(keyring()?.verify(&signed("policy", component)?, admission)?)
}

/// What trusts the key of the benchmarks for every tenant.
pub fn keyring() -> anyhow::Result<Keyring> {
    let mut document = KeyringDocument::empty();
    let trusted = TrustedKey::new("the benchmarks", Scope::All);
    document.keys.insert(key().public(), trusted);
    Ok(Keyring::new(document)?)
}

fn key() -> PrivateKey {
    PrivateKey::from_seed(&[42; 32])
}

/// The same component with a custom section behind it, so that its digest, its compiled code and its image are its own.
pub fn variant(component: &[u8], number: u32) -> Vec<u8> {
    const CUSTOM_SECTION: u8 = 0;
    const NAME: &[u8] = b"variant";
    let mut content = vec![NAME.len() as u8];
    content.extend_from_slice(NAME);
    content.extend_from_slice(&number.to_le_bytes());
    let mut bytes = component.to_vec();
    bytes.push(CUSTOM_SECTION);
    bytes.push(content.len() as u8);
    bytes.extend_from_slice(&content);
    bytes
}

/// The settings of a host that evaluates every time, where it is evaluating that is measured.
pub fn evaluating() -> HostSettings {
    HostSettings {
        recall: RecallSettings::off(),
        // Also a policy whose evaluations end in faults.
        breaker: BreakerSettings::off(),
        ..HostSettings::default()
    }
}
