//! The directory registry: a folder of this machine, or one that is mounted, with an OCI image layout for each policy.
//!
//! Owns the layout, which `REGISTRIES.md` describes for others. A push is atomic: first the blobs, then the index that
//! names them, each written beside its place and renamed. One process writes to a policy's folder at a time; readers wait
//! for nobody. Nothing is deleted: an image that no version names any more can still be pulled by its digest.

use std::path::{Path, PathBuf};

use lictor_policy::PolicyName;
use semver::Version;

use super::digest::Sha256Digest;
use super::error::RegistryError;
use super::folder::{Folder, Lock};
use super::image::{Blob, Descriptor, Image, Parts, check_digest};
use super::layout::{INDEX_FILE, Index, LAYOUT, LAYOUT_FILE};
use super::limits::RegistryLimits;
use super::{Existing, Pick, Pulled, Registry, Work};

type Result<T> = std::result::Result<T, RegistryError>;

/// Artifacts in a folder.
///
/// Its work is done on the blocking threads of the caller's tokio runtime.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
    limits: RegistryLimits,
}

impl Directory {
    /// The registry in the folder at `path`. The first push makes the folder.
    pub fn new(path: &Path, limits: RegistryLimits) -> Self {
        let path = path.to_owned();
        Self { path, limits }
    }

    fn push_now(
        &self,
        name: &PolicyName,
        version: &Version,
        bytes: Vec<u8>,
        existing: Existing,
    ) -> Result<Sha256Digest> {
        let image = Image::of(bytes, &self.limits)?;
        let folder = Folder::create(&self.path)?.make_child(name.as_str())?;
        let lock = folder.lock()?;
        let mut index = match self.index(&folder)? {
            Some(index) => index,
            None => {
                folder.write(&lock, LAYOUT_FILE, LAYOUT)?;
                Index::empty()
            }
        };
        let before = find(&folder, &index, version)?;
        if let Some(digest) = before.filter(|digest| *digest != image.digest)
            && existing == Existing::Keep
        {
            return Err(RegistryError::VersionTaken {
                name: name.to_string(),
                version: version.to_string(),
                digest,
            });
        }
        self.check_room(name, &index, before.is_some())?;
        write_blobs(&folder, &lock, &image)?;
        if before != Some(image.digest) {
            index.set(version, image.digest, image.manifest.len());
            self.write_index(&folder, &lock, &index)?;
        }
        Ok(image.digest)
    }

    fn check_room(&self, name: &PolicyName, index: &Index, replaces: bool) -> Result<()> {
        let versions_max = self.limits.versions_max;
        if !replaces && index.versions().len() >= versions_max {
            let name = name.to_string();
            return Err(RegistryError::TooManyVersions { name, versions_max });
        }
        Ok(())
    }

    fn write_index(&self, folder: &Folder, lock: &Lock, index: &Index) -> Result<()> {
        let bytes = index.to_bytes().map_err(|reason| damaged(folder, reason))?;
        let bytes_max = self.limits.list_bytes_max;
        if bytes.len() as u64 > bytes_max {
            let what = "the index";
            return Err(RegistryError::TooLarge { what, bytes_max });
        }
        folder.write(lock, INDEX_FILE, &bytes)
    }

    fn pull_now(&self, name: &PolicyName, pick: &Pick) -> Result<Pulled> {
        let digest = match pick {
            Pick::Version(version) => self.resolve_now(name, version)?,
            Pick::Digest(digest) => *digest,
        };
        let blobs = self.blobs(name)?;
        let blobs = blobs.ok_or_else(|| missing(name, &digest))?;
        let what = "the manifest";
        let manifest = blobs
            .read(what, &digest.hex(), self.limits.manifest_bytes_max)?
            .ok_or_else(|| missing(name, &digest))?;
        check_digest(what, digest, &manifest)?;
        let parts = Parts::of(digest, &manifest, &self.limits)?;
        read_blob(&blobs, &parts.config)?;
        let bytes = read_blob(&blobs, &parts.layer)?;
        Ok(Pulled {
            digest,
            manifest,
            bytes,
        })
    }

    fn resolve_now(&self, name: &PolicyName, version: &Version) -> Result<Sha256Digest> {
        let folder = self.folder(name)?;
        let not_found = || RegistryError::NotFound(format!("{name}:{version}"));
        let index = self.index(&folder)?.ok_or_else(not_found)?;
        find(&folder, &index, version)?.ok_or_else(not_found)
    }

    fn versions_now(&self, name: &PolicyName) -> Result<Vec<Version>> {
        let folder = self.folder(name)?;
        let index = self.index(&folder)?;
        let index = index.ok_or_else(|| RegistryError::NotFound(name.to_string()))?;
        let versions = index.versions();
        let versions_max = self.limits.versions_max;
        if versions.len() > versions_max {
            let name = name.to_string();
            return Err(RegistryError::TooManyVersions { name, versions_max });
        }
        Ok(versions)
    }

    fn folder(&self, name: &PolicyName) -> Result<Folder> {
        let folder = Folder::open(&self.path)?.child(name.as_str())?;
        folder.ok_or_else(|| RegistryError::NotFound(name.to_string()))
    }

    fn blobs(&self, name: &PolicyName) -> Result<Option<Folder>> {
        let blobs = self.folder(name)?.child("blobs")?;
        blobs.map_or(Ok(None), |blobs| blobs.child("sha256"))
    }

    fn index(&self, folder: &Folder) -> Result<Option<Index>> {
        let bytes = folder.read("the index", INDEX_FILE, self.limits.list_bytes_max)?;
        bytes
            .map(|bytes| Index::parse(&bytes).map_err(|reason| damaged(folder, reason)))
            .transpose()
    }
}

fn find(folder: &Folder, index: &Index, version: &Version) -> Result<Option<Sha256Digest>> {
    index
        .find(version)
        .map_err(|reason| damaged(folder, reason))
}

fn damaged(folder: &Folder, reason: String) -> RegistryError {
    let path = folder.path(INDEX_FILE);
    RegistryError::Damaged { path, reason }
}

fn missing(name: &PolicyName, digest: &Sha256Digest) -> RegistryError {
    RegistryError::NotFound(format!("{name}@{digest}"))
}

fn write_blobs(folder: &Folder, lock: &Lock, image: &Image) -> Result<()> {
    let blobs = folder.make_child("blobs")?.make_child("sha256")?;
    for Blob { digest, bytes } in [&image.layer, &image.config] {
        write_blob(&blobs, lock, *digest, bytes)?;
    }
    write_blob(&blobs, lock, image.digest, &image.manifest)
}

/// What is there already is left alone if it is whole, and replaced if it is damaged.
fn write_blob(blobs: &Folder, lock: &Lock, digest: Sha256Digest, bytes: &[u8]) -> Result<()> {
    let name = digest.hex();
    let before = blobs.read("a blob", &name, bytes.len() as u64);
    if matches!(before, Ok(Some(before)) if before == bytes) {
        return Ok(());
    }
    blobs.write(lock, &name, bytes)
}

fn read_blob(blobs: &Folder, descriptor: &Descriptor) -> Result<Vec<u8>> {
    let Descriptor {
        what,
        digest,
        bytes: expected,
    } = *descriptor;
    let bytes = match blobs.read(what, &digest.hex(), expected) {
        Err(RegistryError::TooLarge { .. }) => {
            let actual = expected.saturating_add(1);
            return Err(RegistryError::WrongSize {
                what,
                expected,
                actual,
            });
        }
        other => other?.ok_or_else(|| RegistryError::NotFound(format!("{what}, {digest}")))?,
    };
    descriptor.check(&bytes)?;
    Ok(bytes)
}

impl Registry for Directory {
    fn push<'a>(
        &'a self,
        name: &'a PolicyName,
        version: &'a Version,
        bytes: Vec<u8>,
        existing: Existing,
    ) -> Work<'a, Sha256Digest> {
        let (name, version) = (name.clone(), version.clone());
        self.aside(move |this| this.push_now(&name, &version, bytes, existing))
    }

    fn pull<'a>(&'a self, name: &'a PolicyName, pick: &'a Pick) -> Work<'a, Pulled> {
        let (name, pick) = (name.clone(), pick.clone());
        self.aside(move |this| this.pull_now(&name, &pick))
    }

    fn resolve<'a>(&'a self, name: &'a PolicyName, version: &'a Version) -> Work<'a, Sha256Digest> {
        let (name, version) = (name.clone(), version.clone());
        self.aside(move |this| this.resolve_now(&name, &version))
    }

    fn versions<'a>(&'a self, name: &'a PolicyName) -> Work<'a, Vec<Version>> {
        let name = name.clone();
        self.aside(move |this| this.versions_now(&name))
    }
}

impl Directory {
    /// Files make their thread wait, so another one works on them.
    fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Work<'_, T> {
        let this = self.clone();
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&this)).await;
            done.unwrap_or(Err(RegistryError::Interrupted))
        })
    }
}

#[cfg(test)]
mod tests;
