//! The OCI registry: artifacts behind the OCI distribution protocol.
//!
//! Owns what is asked of a registry and in which order, and a deadline over all of it. A registry is a stranger: what it
//! sends is bounded before it is read and checked before it is used, and what it asks for is given only within the rules
//! of `oci/address.rs`.

mod address;
mod credentials;
mod download;
mod http;
mod list;
mod patience;
mod settings;
mod tls;
mod token;
mod upload;

use std::future::Future;
use std::time::Duration;

use lictor_policy::PolicyName;
use semver::Version;

use self::http::Http;
use super::digest::Sha256Digest;
use super::error::RegistryError;
use super::image::{Image, Parts, check_digest};
use super::location::OciLocation;
use super::reference::tag_of;
use super::{Existing, Pick, Pulled, Registry, Work};

pub use settings::{Credentials, Encryption, OciSettings, Patience, Secret};

type Result<T> = std::result::Result<T, RegistryError>;

/// Artifacts in an OCI registry.
///
/// Needs a tokio runtime with its timer and input and output switched on.
pub struct OciRegistry {
    location: OciLocation,
    settings: OciSettings,
    http: Http,
}

impl OciRegistry {
    /// The registry at `location`. Nothing is asked yet.
    ///
    /// Fails if the certificates to trust can't be read.
    pub fn new(location: &OciLocation, settings: OciSettings) -> Result<Self> {
        let http = Http::new(location, settings.clone())?;
        let location = location.clone();
        Ok(Self {
            location,
            settings,
            http,
        })
    }

    async fn push_all(
        &self,
        name: &PolicyName,
        version: &Version,
        bytes: Vec<u8>,
        existing: Existing,
    ) -> Result<Sha256Digest> {
        let image = Image::of(bytes, &self.settings.limits)?;
        match self.resolve_tag(name, version).await {
            Err(RegistryError::NotFound(_)) => {}
            Ok(digest) if digest == image.digest => return Ok(digest),
            Ok(_) if existing == Existing::Replace => {}
            Ok(digest) => {
                let (name, version) = (name.to_string(), version.to_string());
                return Err(RegistryError::VersionTaken {
                    name,
                    version,
                    digest,
                });
            }
            Err(error) => return Err(error),
        }
        let repository = self.location.repository(name);
        for blob in [&image.layer, &image.config] {
            self.http.send_blob(&repository, blob).await?;
        }
        self.http
            .send_manifest(&repository, &tag_of(version), &image)
            .await?;
        Ok(image.digest)
    }

    async fn pull_all(&self, name: &PolicyName, pick: &Pick) -> Result<Pulled> {
        let (digest, manifest) = match pick {
            Pick::Version(version) => self.manifest(name, &tag_of(version)).await?,
            Pick::Digest(expected) => {
                let (_, manifest) = self.manifest(name, &expected.to_string()).await?;
                check_digest("the manifest", *expected, &manifest)?;
                (*expected, manifest)
            }
        };
        let parts = Parts::of(digest, &manifest, &self.settings.limits)?;
        let repository = self.location.repository(name);
        self.http.blob(&repository, &parts.config).await?;
        let bytes = self.http.blob(&repository, &parts.layer).await?;
        Ok(Pulled {
            digest,
            manifest,
            bytes,
        })
    }

    /// A tag's manifest is read rather than asked about, so that its digest isn't a matter of trust.
    async fn resolve_tag(&self, name: &PolicyName, version: &Version) -> Result<Sha256Digest> {
        let (digest, _) = self.manifest(name, &tag_of(version)).await?;
        Ok(digest)
    }

    async fn manifest(
        &self,
        name: &PolicyName,
        tag_or_digest: &str,
    ) -> Result<(Sha256Digest, Vec<u8>)> {
        let repository = self.location.repository(name);
        let bytes_max = self.settings.limits.manifest_bytes_max;
        self.http
            .manifest(&repository, tag_or_digest, bytes_max)
            .await
    }

    fn in_time<'a, T: Send + 'a>(
        &'a self,
        work: impl Future<Output = Result<T>> + Send + 'a,
    ) -> Work<'a, T> {
        let deadline_ms = self.settings.patience.deadline_ms;
        Box::pin(async move {
            let done = tokio::time::timeout(Duration::from_millis(deadline_ms), work).await;
            done.unwrap_or_else(|_| {
                let registry = self.http.authority().to_owned();
                Err(RegistryError::Deadline {
                    registry,
                    deadline_ms,
                })
            })
        })
    }
}

impl Registry for OciRegistry {
    fn push<'a>(
        &'a self,
        name: &'a PolicyName,
        version: &'a Version,
        bytes: Vec<u8>,
        existing: Existing,
    ) -> Work<'a, Sha256Digest> {
        self.in_time(self.push_all(name, version, bytes, existing))
    }

    fn pull<'a>(&'a self, name: &'a PolicyName, pick: &'a Pick) -> Work<'a, Pulled> {
        self.in_time(self.pull_all(name, pick))
    }

    fn resolve<'a>(&'a self, name: &'a PolicyName, version: &'a Version) -> Work<'a, Sha256Digest> {
        self.in_time(self.resolve_tag(name, version))
    }

    fn versions<'a>(&'a self, name: &'a PolicyName) -> Work<'a, Vec<Version>> {
        let repository = self.location.repository(name);
        self.in_time(async move { self.http.versions(&repository, &self.settings.limits).await })
    }
}
