//! What the tests push and pull.

use std::fs;

use lictor_artifact::registry::{
    Directory, Existing, Location, OciRegistry, OciSettings, Patience, Pick, Registry,
    RegistryLimits, Sha256Digest,
};
use lictor_policy::PolicyName;
use semver::Version;

pub fn name() -> PolicyName {
    "spend-limit".parse().unwrap()
}

pub fn version(text: &str) -> Version {
    text.parse().unwrap()
}

pub fn pick(text: &str) -> Pick {
    Pick::Version(version(text))
}

/// Bytes that no compression shrinks and no two places of which are alike.
pub fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Short pauses, so that the tests don't wait.
pub fn patience() -> Patience {
    Patience {
        pause_ms: 1,
        pause_ms_max: 2,
        ..Patience::default()
    }
}

pub fn settings() -> OciSettings {
    OciSettings {
        patience: patience(),
        ..OciSettings::default()
    }
}

pub fn registry(authority: &str, settings: OciSettings) -> OciRegistry {
    let location = format!("oci://{authority}/team").parse().unwrap();
    let Location::Oci(location) = location else {
        panic!("{location} is a directory");
    };
    OciRegistry::new(&location, settings).unwrap()
}

/// An image's parts, taken from a directory registry, which makes the same image.
#[derive(Clone)]
pub struct Image {
    pub digest: Sha256Digest,
    pub manifest: Vec<u8>,
    pub config: Vec<u8>,
    pub layer: Vec<u8>,
}

impl Image {
    pub async fn of(layer: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::new(folder.path(), RegistryLimits::default());
        let one = version("1.0.0");
        let digest = directory
            .push(&name(), &one, layer.clone(), Existing::Keep)
            .await
            .unwrap();
        let blobs = folder.path().join("spend-limit/blobs/sha256");
        let manifest = fs::read(blobs.join(digest.hex())).unwrap();
        let layer_digest = Sha256Digest::of(&layer);
        let config = fs::read_dir(&blobs)
            .unwrap()
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .find(|bytes| ![digest, layer_digest].contains(&Sha256Digest::of(bytes)))
            .unwrap();
        Self {
            digest,
            manifest,
            config,
            layer,
        }
    }
}
