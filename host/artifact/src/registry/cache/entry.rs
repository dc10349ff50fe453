//! One file of the cache: a mark, the length of the manifest (4 bytes, little-endian), the manifest, the artifact.

use crate::registry::Pulled;
use crate::registry::digest::Sha256Digest;
use crate::registry::image::{Parts, check_digest};
use crate::registry::limits::RegistryLimits;

const MARK: &[u8; 12] = b"lictor-image";
pub(super) const HEAD_BYTES: usize = MARK.len() + 4;

pub(super) fn compose(pulled: &Pulled) -> Vec<u8> {
    let manifest_bytes = u32::try_from(pulled.manifest.len()).unwrap_or(u32::MAX);
    [
        MARK.as_slice(),
        &manifest_bytes.to_le_bytes(),
        &pulled.manifest,
        &pulled.bytes,
    ]
    .concat()
}

/// The image with that digest; the reason why it isn't there is for people.
pub(super) fn parse(
    digest: Sha256Digest,
    file: &[u8],
    limits: &RegistryLimits,
) -> Result<Pulled, String> {
    let rest = file.strip_prefix(MARK).ok_or("its mark is missing")?;
    let (length, rest) = rest.split_first_chunk().ok_or("it is cut short")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (manifest, bytes) = rest.split_at_checked(length).ok_or("it is cut short")?;
    let check = || {
        check_digest("the manifest", digest, manifest)?;
        Parts::of(digest, manifest, limits)?.layer.check(bytes)
    };
    check().map_err(|error| error.to_string())?;
    let (manifest, bytes) = (manifest.to_vec(), bytes.to_vec());
    Ok(Pulled {
        digest,
        manifest,
        bytes,
    })
}
