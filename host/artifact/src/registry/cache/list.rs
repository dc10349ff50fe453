//! What a cache remembers of its images and of versions: their order.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::registry::digest::Sha256Digest;

/// Both the images and the versions stand in the order in which they came, the oldest first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct List {
    images: Vec<Image>,
    seen: Vec<Seen>,
}

#[derive(Clone, Debug, PartialEq)]
struct Image {
    digest: Sha256Digest,
    bytes: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    reference: String,
    digest: Sha256Digest,
}

#[derive(Serialize, Deserialize)]
struct Written {
    images: Vec<String>,
    seen: Vec<(String, String)>,
}

impl List {
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        let image = |text: &String| {
            Some(Image {
                digest: text.parse().ok()?,
                bytes: 0,
            })
        };
        let seen = |(reference, digest): (String, String)| {
            let digest = digest.parse().ok()?;
            Some(Seen { reference, digest })
        };
        Some(Self {
            images: written.images.iter().map(image).collect::<Option<_>>()?,
            seen: written.seen.into_iter().map(seen).collect::<Option<_>>()?,
        })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            images: self
                .images
                .iter()
                .map(|image| image.digest.to_string())
                .collect(),
            seen: self
                .seen
                .iter()
                .map(|seen| (seen.reference.clone(), seen.digest.to_string()))
                .collect(),
        };
        // Texts in lists are always JSON; were they not, the list would be one that knows nothing.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Only images that are there, each once and with its size; what the list doesn't know came last, in a write that
    /// didn't get to its end.
    pub fn true_to(mut self, files: &[(String, u64)]) -> Self {
        let mut there: BTreeMap<Sha256Digest, u64> = files
            .iter()
            .filter_map(|(name, bytes)| Some((format!("sha256:{name}").parse().ok()?, *bytes)))
            .collect();
        self.images.retain_mut(|image| {
            let bytes = there.remove(&image.digest);
            image.bytes = bytes.unwrap_or_default();
            bytes.is_some()
        });
        let unknown = there
            .into_iter()
            .map(|(digest, bytes)| Image { digest, bytes });
        self.images.extend(unknown);
        let mut known = BTreeSet::new();
        self.seen
            .retain(|seen| known.insert(seen.reference.clone()));
        self
    }

    pub fn len(&self) -> usize {
        self.images.len()
    }

    pub fn bytes(&self) -> u64 {
        self.images.iter().map(|image| image.bytes).sum()
    }

    pub fn append(&mut self, digest: Sha256Digest, bytes: u64) {
        self.images.push(Image { digest, bytes });
    }

    pub fn remove(&mut self, digest: Sha256Digest) {
        self.images.retain(|image| image.digest != digest);
    }

    pub fn remove_oldest(&mut self) -> Option<Sha256Digest> {
        (!self.images.is_empty()).then(|| self.images.remove(0).digest)
    }

    /// Remembers a version's digest; says whether anything is new.
    pub fn see(&mut self, reference: &str, digest: Sha256Digest, seen_max: usize) -> bool {
        if self.seen(reference) == Some(digest) || seen_max == 0 {
            return false;
        }
        self.seen.retain(|seen| seen.reference != reference);
        let surplus = (self.seen.len() + 1).saturating_sub(seen_max);
        self.seen.drain(..surplus);
        let reference = reference.to_owned();
        self.seen.push(Seen { reference, digest });
        true
    }

    pub fn seen(&self, reference: &str) -> Option<Sha256Digest> {
        let seen = self.seen.iter().find(|seen| seen.reference == reference)?;
        Some(seen.digest)
    }
}
