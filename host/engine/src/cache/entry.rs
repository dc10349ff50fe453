//! One file of the cache: native code, and behind it what that code means, under an authentication code.
//!
//! ```text
//! code      as wasmtime wrote it, from the first byte on, so that the file can be mapped as it is
//! meaning   106 bytes: format, engine, memory start, kind, owner, component
//! length    of the code, 8 bytes, little-endian
//! tag       32 bytes: BLAKE3, keyed, over meaning, length and code
//! ```

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use lictor_policy::Digest;

use super::folder::Folder;
use super::key::HostKey;
use crate::configuration::MemoryStart;
use crate::fingerprint::Fingerprint;

/// The format of a file. Another one gets another number.
const FORMAT: [u8; 8] = *b"lictorN1";
/// The bytes of a meaning.
const MEANING_BYTES: usize = 8 + 32 + 1 + 1 + 32 + 32;
/// The bytes behind the code.
const TRAILER_BYTES: usize = MEANING_BYTES + 8 + 32;
/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// What native code means: whatever it was made from and for. Two that differ in anything differ in their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) engine: Fingerprint,
    pub(crate) start: MemoryStart,
    pub(crate) kind: Kind,
    /// The digest of the bytes that were compiled.
    pub(crate) component: Digest,
}

/// What was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A component as it was given, after it was checked.
    Given,
    /// A component that was changed so that its set-up can be snapshotted.
    Instrumented,
    /// The snapshot of a binding's set-up: of this revision, which covers tenant and parameters.
    Snapshot(Digest),
}

impl Meaning {
    fn encode(&self) -> [u8; MEANING_BYTES] {
        let (kind, owner) = match &self.kind {
            Kind::Given => (0, [0; 32]),
            Kind::Instrumented => (1, [0; 32]),
            Kind::Snapshot(revision) => (2, *revision.as_bytes()),
        };
        let start = u8::from(self.start == MemoryStart::Imaged);
        let parts: [&[u8]; 5] = [
            &FORMAT,
            self.engine.as_bytes(),
            &[start, kind],
            &owner,
            self.component.as_bytes(),
        ];
        let mut bytes = [0; MEANING_BYTES];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    fn decode(bytes: &[u8; MEANING_BYTES]) -> Option<Self> {
        let rest = bytes.strip_prefix(&FORMAT)?;
        let (engine, rest) = rest.split_first_chunk::<32>()?;
        let (&[start, kind], rest) = rest.split_first_chunk::<2>()?;
        let (owner, component) = rest.split_first_chunk::<32>()?;
        let digest = |bytes: [u8; 32]| Digest::from(blake3::Hash::from_bytes(bytes));
        Some(Self {
            engine: Fingerprint::from(*engine),
            start: match start {
                0 => MemoryStart::Copied,
                1 => MemoryStart::Imaged,
                _ => return None,
            },
            kind: match kind {
                0 => Kind::Given,
                1 => Kind::Instrumented,
                2 => Kind::Snapshot(digest(*owner)),
                _ => return None,
            },
            component: digest(component.try_into().ok()?),
        })
    }

    /// Under what name the file is found. Nothing is concluded from it.
    pub(super) fn file_name(&self) -> String {
        blake3::hash(&self.encode()).to_hex().to_string()
    }
}

/// A file whose every byte was authenticated through this descriptor.
#[derive(Debug)]
pub(crate) struct Authentic {
    file: File,
}

impl Authentic {
    /// A path to the very file that was authenticated, whatever its name leads to by now.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }
}

/// What there is under a name.
pub(super) enum Found {
    Authentic(Authentic),
    Nothing,
    Damaged,
}

/// Opens the file of this name and authenticates it for this meaning.
pub(super) fn open(folder: &Folder, name: &str, meaning: &Meaning, key: &HostKey) -> Found {
    let file = match folder.file(name) {
        Ok(file) => file,
        Err(rustix::io::Errno::NOENT) => return Found::Nothing,
        Err(_) => return Found::Damaged,
    };
    match authenticate(&file, meaning, key) {
        Some(()) => Found::Authentic(Authentic { file }),
        None => Found::Damaged,
    }
}

fn authenticate(file: &File, meaning: &Meaning, key: &HostKey) -> Option<()> {
    let metadata = file.metadata().ok()?;
    // Nobody may write to what will be run, its owner included, who is this host.
    let own = rustix::process::geteuid().as_raw();
    if !metadata.is_file() || metadata.uid() != own || metadata.mode() & 0o377 != 0 {
        return None;
    }
    let code_bytes = metadata.len().checked_sub(TRAILER_BYTES as u64)?;
    let expected = tag(key, meaning, code_bytes, |hasher| {
        hash(file, code_bytes, hasher)
    })?;
    let mut trailer = [0; TRAILER_BYTES];
    file.read_exact_at(&mut trailer, code_bytes).ok()?;
    // Both comparisons take the same time wherever the difference is, though there is nobody to watch it.
    let is_same = blake3::Hash::from_bytes(*trailer.last_chunk::<32>()?) == expected;
    let says_the_same = trailer.starts_with(&meaning.encode())
        && trailer.get(MEANING_BYTES..MEANING_BYTES + 8)? == code_bytes.to_le_bytes();
    (is_same && says_the_same).then_some(())
}

/// The trailer of code in memory.
pub(super) fn trailer(key: &HostKey, meaning: &Meaning, code: &[u8]) -> Option<Vec<u8>> {
    let code_bytes = code.len() as u64;
    let tag = tag(key, meaning, code_bytes, |hasher| {
        hasher.update(code);
        Some(())
    })?;
    let mut bytes = Vec::with_capacity(TRAILER_BYTES);
    bytes.extend(meaning.encode());
    bytes.extend(code_bytes.to_le_bytes());
    bytes.extend(tag.as_bytes());
    Some(bytes)
}

fn tag(
    key: &HostKey,
    meaning: &Meaning,
    code_bytes: u64,
    code: impl FnOnce(&mut blake3::Hasher) -> Option<()>,
) -> Option<blake3::Hash> {
    let mut hasher = key.hasher();
    hasher.update(&meaning.encode());
    hasher.update(&code_bytes.to_le_bytes());
    code(&mut hasher)?;
    Some(hasher.finalize())
}

fn hash(file: &File, bytes: u64, hasher: &mut blake3::Hasher) -> Option<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    while at < bytes {
        let left = usize::try_from(bytes - at).unwrap_or(usize::MAX);
        let part = chunk.get_mut(..left.min(CHUNK_BYTES))?;
        file.read_exact_at(part, at).ok()?;
        hasher.update(part);
        at += part.len() as u64;
    }
    Some(())
}

/// What a file says that it is. Not authenticated: for people only.
pub(super) fn describe(folder: &Folder, name: &str) -> Option<Meaning> {
    let file = folder.file(name).ok()?;
    let at = file
        .metadata()
        .ok()?
        .len()
        .checked_sub(TRAILER_BYTES as u64)?;
    let mut meaning = [0; MEANING_BYTES];
    file.read_exact_at(&mut meaning, at).ok()?;
    Meaning::decode(&meaning)
}
