//! The same registries for callers that may wait: the command line, and hosts at their start.

use lictor_policy::PolicyName;
use semver::Version;
use tokio::runtime::{Builder, Runtime};

use super::{
    Cache, Cached, Existing, Location, OciSettings, Offline, Pick, Pulled, Reference, Registry,
    RegistryError, Sha256Digest,
};

type Result<T> = std::result::Result<T, RegistryError>;

/// A registry together with a small runtime of its own. Its functions wait until the work is done, so none of them may be
/// called on a thread that runs asynchronous work.
pub struct BlockingRegistry {
    registry: Box<dyn Registry>,
    runtime: Runtime,
}

impl BlockingRegistry {
    /// The registry at a location; see [`open`](super::open).
    pub fn open(location: &Location, settings: OciSettings) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Self {
            registry: super::open(location, settings)?,
            runtime: runtime.map_err(|_| RegistryError::Interrupted)?,
        })
    }

    /// See [`Registry::push`].
    pub fn push(
        &self,
        name: &PolicyName,
        version: &Version,
        bytes: Vec<u8>,
        existing: Existing,
    ) -> Result<Sha256Digest> {
        self.runtime
            .block_on(self.registry.push(name, version, bytes, existing))
    }

    /// See [`Registry::pull`].
    pub fn pull(&self, name: &PolicyName, pick: &Pick) -> Result<Pulled> {
        self.runtime.block_on(self.registry.pull(name, pick))
    }

    /// See [`Cache::pull`]. The reference names this registry.
    pub fn pull_through(
        &self,
        cache: &Cache,
        reference: &Reference,
        offline: Offline,
    ) -> Result<Cached> {
        let registry = self.registry.as_ref();
        self.runtime
            .block_on(cache.pull(registry, reference, offline))
    }

    /// See [`Registry::resolve`].
    pub fn resolve(&self, name: &PolicyName, version: &Version) -> Result<Sha256Digest> {
        self.runtime.block_on(self.registry.resolve(name, version))
    }

    /// See [`Registry::versions`].
    pub fn versions(&self, name: &PolicyName) -> Result<Vec<Version>> {
        self.runtime.block_on(self.registry.versions(name))
    }
}
