//! The name of a file: what kind of thing it holds, and the digest of its bytes.

use std::ffi::OsStr;
use std::fmt;

use lictor_policy::Digest;
use serde::{Deserialize, Serialize};

/// What kind of thing a file holds: the folder that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shelf {
    /// Artifacts, with their signatures.
    Artifacts,
    /// Data documents, as canonical JSON.
    Documents,
}

impl Shelf {
    /// All of them.
    pub const ALL: [Shelf; 2] = [Shelf::Artifacts, Shelf::Documents];

    /// The folder's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Shelf::Artifacts => "artifacts",
            Shelf::Documents => "documents",
        }
    }
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The name of a file, written as `documents/` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName {
    shelf: Shelf,
    digest: Digest,
}

impl FileName {
    /// The file of this kind whose bytes have this digest.
    pub fn new(shelf: Shelf, digest: Digest) -> Self {
        Self { shelf, digest }
    }

    /// What kind of thing it holds.
    pub fn shelf(self) -> Shelf {
        self.shelf
    }

    /// The digest of its bytes.
    pub fn digest(self) -> Digest {
        self.digest
    }

    /// The name of a file that was found, if it is one of ours.
    pub(super) fn of_file(shelf: Shelf, name: &OsStr) -> Option<Self> {
        let digest = format!("{PREFIX}{}", name.to_str()?).parse().ok()?;
        Some(Self { shelf, digest })
    }
}

/// What begins the text of a digest and would only be in the way in a file's name.
const PREFIX: &str = "blake3:";

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digest.to_string();
        let digits = digest.strip_prefix(PREFIX).unwrap_or(&digest);
        write!(f, "{}/{digits}", self.shelf)
    }
}
