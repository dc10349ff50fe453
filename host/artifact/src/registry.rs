//! Registries: where artifacts are pushed to and pulled from.
//!
//! Owns where bytes lie and that they are the bytes that were asked for: digest, size and shape are checked, whatever a
//! registry answers. Must never know whether those bytes may run: what comes out of a registry is as untrusted as before,
//! and only verifying its signatures changes that.
//!
//! Every registry holds OCI images of one shape (`image.rs`), so an artifact has the same digest in a directory as in an
//! OCI registry, and a directory can be copied to a registry by any OCI tool. That digest is SHA-256, because OCI
//! descriptors are, and names the image manifest; the local cache uses it too, so that nothing is named twice.

mod blocking;
mod cache;
mod digest;
mod directory;
mod error;
mod folder;
mod image;
mod layout;
mod limits;
mod location;
mod oci;
mod reference;

use std::future::Future;
use std::pin::Pin;

use lictor_policy::PolicyName;
use semver::Version;

pub use blocking::BlockingRegistry;
pub use cache::{Cache, CacheLimits, Cached, Offline, Source};
pub use digest::{Sha256Digest, Sha256DigestError};
pub use directory::Directory;
pub use error::RegistryError;
pub use image::ImageError;
pub use limits::RegistryLimits;
pub use location::{Location, OciLocation};
pub use oci::{Credentials, Encryption, OciRegistry, OciSettings, Patience, Secret};
pub use reference::{Pick, REFERENCE_BYTES_MAX, Reference, ReferenceError, Repository};

/// What a registry does takes a while; the caller waits on its own runtime.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, RegistryError>> + Send + 'a>>;

/// A place that keeps artifacts by name and version. There are two: [`Directory`] and [`OciRegistry`].
pub trait Registry: Send + Sync {
    /// Stores a file under a name and version, and answers the digest that it can be pulled by.
    ///
    /// The version appears as a whole or not at all. The same bytes again change nothing. Fails if the file is empty or
    /// larger than the limit, and with [`RegistryError::VersionTaken`] if the version holds other bytes and `existing`
    /// is [`Existing::Keep`].
    fn push<'a>(
        &'a self,
        name: &'a PolicyName,
        version: &'a Version,
        bytes: Vec<u8>,
        existing: Existing,
    ) -> Work<'a, Sha256Digest>;

    /// Reads an image; its digests and sizes have been checked.
    fn pull<'a>(&'a self, name: &'a PolicyName, pick: &'a Pick) -> Work<'a, Pulled>;

    /// The digest that a version has now.
    fn resolve<'a>(&'a self, name: &'a PolicyName, version: &'a Version) -> Work<'a, Sha256Digest>;

    /// All versions of a name, the lowest first. Tags that are no versions are left out.
    fn versions<'a>(&'a self, name: &'a PolicyName) -> Work<'a, Vec<Version>>;
}

/// The registry at a location. For a directory only the limits of the settings count.
///
/// Fails if the certificates to trust can't be read; nothing is asked yet.
pub fn open(
    location: &Location,
    settings: OciSettings,
) -> Result<Box<dyn Registry>, RegistryError> {
    Ok(match location {
        Location::Directory(path) => Box::new(Directory::new(path, settings.limits)),
        Location::Oci(location) => Box::new(OciRegistry::new(location, settings)?),
    })
}

/// What a push does with a version that holds other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse to push. A directory is exact about it; an OCI registry is asked before, and two pushes at once may both
    /// find the version free unless the registry itself forbids to overwrite tags.
    #[default]
    Keep,
    /// Replace it, for example with the same artifact under one more signature.
    Replace,
}

/// What was pulled: bytes that nobody has vouched for yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The digest of the image manifest: pulling by it gives these bytes again.
    pub digest: Sha256Digest,
    /// The image manifest.
    pub(crate) manifest: Vec<u8>,
    /// The artifact's file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Pulled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pulled({}, {} bytes)", self.digest, self.bytes.len())
    }
}
