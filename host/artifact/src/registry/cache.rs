//! The local cache: what was pulled once is there offline, by its digest.
//!
//! Owns a folder with one file per image, bounded in bytes, the oldest out first, and which digest each version had when
//! it was last asked for. An entry is checked whole each time that it is read, so a damaged one is a missing one. Files
//! count, not the list of them: what a crash left between the two is put right by the next write.

mod entry;
mod list;

use std::path::{Path, PathBuf};

use self::list::List;
use super::digest::Sha256Digest;
use super::error::RegistryError;
use super::folder::{Folder, Lock};
use super::limits::RegistryLimits;
use super::{Pick, Pulled, Reference, Registry};

type Result<T> = std::result::Result<T, RegistryError>;

const LIST_FILE: &str = "list.json";

/// Pulled artifacts in a folder, shared by all processes that use it.
#[derive(Clone, Debug)]
pub struct Cache {
    path: PathBuf,
    limits: CacheLimits,
}

/// Bounds of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// The most bytes of all images together. Default 1 GiB. An image that is larger alone is not kept.
    pub bytes_max: u64,
    /// The most images. Default 10,000.
    pub images_max: usize,
    /// The most versions whose digest is remembered. Default 10,000.
    pub seen_max: usize,
    /// Bounds of one image.
    pub image: RegistryLimits,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            bytes_max: 1024 * 1024 * 1024,
            images_max: 10_000,
            seen_max: 10_000,
            image: RegistryLimits::default(),
        }
    }
}

/// What a pull by version may do when the registry can't be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Offline {
    /// Fail: the version may name another image by now.
    #[default]
    Refuse,
    /// Give the image that the version named when the registry was last asked.
    LastSeen,
}

/// What was pulled, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// The image.
    pub pulled: Pulled,
    /// Its source.
    pub source: Source,
    /// Why it, or what its version names, won't be here the next time. Nothing if all went well.
    pub not_kept: Option<String>,
}

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The registry sent it.
    Registry,
    /// The cache had it. For a version, the registry has said which digest it has now.
    Cache,
    /// The cache had it, and nobody knows whether the version still names it: the registry couldn't be reached.
    LastSeen {
        /// Why not.
        reason: String,
    },
}

impl Cache {
    /// The cache in the folder at `path`. The first image that is kept makes the folder.
    pub fn new(path: &Path, limits: CacheLimits) -> Self {
        let path = path.to_owned();
        Self { path, limits }
    }

    /// Pulls through the cache: what is here isn't fetched.
    ///
    /// By digest, the registry is asked only for what is missing. By version, it is asked which digest that is now; if
    /// it can't be reached, `offline` decides. `registry` is the one that the reference names.
    ///
    /// Fails as the registry does. A cache that can't be written is no reason to fail: the result says so.
    pub async fn pull(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        offline: Offline,
    ) -> Result<Cached> {
        let name = &reference.repository.name;
        let version = match &reference.pick {
            Pick::Digest(digest) => return self.pull_digest(registry, reference, *digest).await,
            Pick::Version(version) => version,
        };
        let error = match registry.resolve(name, version).await {
            Ok(digest) => {
                let mut cached = self.pull_digest(registry, reference, digest).await?;
                let seen = reference.clone();
                let saw = self.aside(move |this| this.saw(&seen, digest)).await;
                cached.not_kept = cached.not_kept.or(reason(saw));
                return Ok(cached);
            }
            Err(error) if error.is_unreachable() && offline == Offline::LastSeen => error,
            Err(error) => return Err(error),
        };
        match self.last_seen_aside(reference).await? {
            Some(pulled) => {
                let reason = error.to_string();
                Ok(Cached {
                    pulled,
                    source: Source::LastSeen { reason },
                    not_kept: None,
                })
            }
            None => Err(error),
        }
    }

    async fn pull_digest(
        &self,
        registry: &dyn Registry,
        reference: &Reference,
        digest: Sha256Digest,
    ) -> Result<Cached> {
        // Whatever is wrong with an entry, the registry has a good one.
        if let Ok(Some(pulled)) = self.aside(move |this| this.get(digest)).await {
            return Ok(Cached {
                pulled,
                source: Source::Cache,
                not_kept: None,
            });
        }
        let pulled = registry
            .pull(&reference.repository.name, &Pick::Digest(digest))
            .await?;
        let kept = pulled.clone();
        let not_kept = reason(self.aside(move |this| this.put(&kept)).await);
        Ok(Cached {
            pulled,
            source: Source::Registry,
            not_kept,
        })
    }

    async fn last_seen_aside(&self, reference: &Reference) -> Result<Option<Pulled>> {
        let reference = reference.clone();
        self.aside(move |this| match this.last_seen(&reference)? {
            Some(digest) => this.get(digest),
            None => Ok(None),
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&this)).await;
        done.unwrap_or(Err(RegistryError::Interrupted))
    }

    /// An image, if it is here and whole.
    pub fn get(&self, digest: Sha256Digest) -> Result<Option<Pulled>> {
        let Some(folder) = self.folder()? else {
            return Ok(None);
        };
        let name = digest.hex();
        let Some(file) = folder.read("the entry", &name, self.entry_bytes_max())? else {
            return Ok(None);
        };
        let pulled = entry::parse(digest, &file, &self.limits.image);
        pulled.map(Some).map_err(|reason| {
            let path = folder.path(&name);
            RegistryError::Damaged { path, reason }
        })
    }

    /// Keeps an image, and lets the oldest go until it fits. One that is larger than the whole cache isn't kept.
    pub fn put(&self, pulled: &Pulled) -> Result<()> {
        if matches!(self.get(pulled.digest), Ok(Some(_))) {
            return Ok(());
        }
        let entry = entry::compose(pulled);
        let bytes = entry.len() as u64;
        if bytes > self.limits.bytes_max || self.limits.images_max == 0 {
            return Ok(());
        }
        let folder = Folder::create(&self.path)?;
        let lock = folder.lock()?;
        let mut list = self.list(&folder)?;
        list.remove(pulled.digest);
        while list.len() >= self.limits.images_max || list.bytes() + bytes > self.limits.bytes_max {
            let Some(oldest) = list.remove_oldest() else {
                break;
            };
            folder.remove(&lock, &oldest.hex())?;
        }
        folder.write(&lock, &pulled.digest.hex(), &entry)?;
        list.append(pulled.digest, bytes);
        write_list(&folder, &lock, &list)
    }

    /// Remembers which digest a version has; of the versions too, the one remembered first goes first.
    fn saw(&self, reference: &Reference, digest: Sha256Digest) -> Result<()> {
        let folder = Folder::create(&self.path)?;
        let lock = folder.lock()?;
        let mut list = self.list(&folder)?;
        if list.see(&reference.to_string(), digest, self.limits.seen_max) {
            write_list(&folder, &lock, &list)?;
        }
        Ok(())
    }

    /// The digest that a version had when its registry was last asked.
    pub fn last_seen(&self, reference: &Reference) -> Result<Option<Sha256Digest>> {
        let Some(folder) = self.folder()? else {
            return Ok(None);
        };
        Ok(self.list(&folder)?.seen(&reference.to_string()))
    }

    fn folder(&self) -> Result<Option<Folder>> {
        match Folder::open(&self.path) {
            Ok(folder) => Ok(Some(folder)),
            Err(RegistryError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The list as written, made true to the files that are there. A damaged list is one that knows nothing.
    fn list(&self, folder: &Folder) -> Result<List> {
        let written = match folder.read("the list", LIST_FILE, self.list_bytes_max()) {
            Ok(written) => written,
            Err(RegistryError::TooLarge { .. }) => None,
            Err(error) => return Err(error),
        };
        let list = written
            .and_then(|bytes| List::parse(&bytes))
            .unwrap_or_default();
        Ok(list.true_to(&folder.files()?))
    }

    fn entry_bytes_max(&self) -> u64 {
        let image = &self.limits.image;
        image.artifact_bytes_max + image.manifest_bytes_max + entry::HEAD_BYTES as u64
    }

    /// What the list can need: two hundred bytes for an image, and a reference and as much for a version.
    fn list_bytes_max(&self) -> u64 {
        let (images, seen) = (self.limits.images_max as u64, self.limits.seen_max as u64);
        1_000 + images.saturating_mul(200) + seen.saturating_mul(4_000)
    }
}

fn reason(done: Result<()>) -> Option<String> {
    done.err().map(|error| error.to_string())
}

fn write_list(folder: &Folder, lock: &Lock, list: &List) -> Result<()> {
    folder.write(lock, LIST_FILE, &list.to_bytes())
}

#[cfg(test)]
mod tests;
