//! What native code depends on besides the component: the 32 bytes by which a host knows its own.

use std::hash::{Hash, Hasher};

use crate::features;

/// The fingerprint of an engine: its version and settings, the processor's features that its code uses, and what components
/// may contain, since only what was checked against that is ever compiled under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(engine: &wasmtime::Engine) -> Self {
        let mut hasher = Blake3(blake3::Hasher::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.write(features::describe().as_bytes());
        Self(*hasher.0.finalize().as_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Feeds what the standard library hashes to BLAKE3. Worker and host are the same program, so the bytes that it hands over
/// are the same in both.
struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Never asked for: the whole hash is taken instead.
    fn finish(&self) -> u64 {
        0
    }
}
