//! The image that carries an artifact: an OCI image manifest v1 whose config is `application/vnd.wasm.config.v0+json` and
//! whose only layer is `application/wasm`, as the CNCF's layout for Wasm artifacts has it.
//!
//! The same file makes the same image on every machine: no time, no author. Where the layout wants a time of creation it
//! is the epoch.

use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};

use super::digest::Sha256Digest;
use super::error::RegistryError;
use super::limits::RegistryLimits;

/// The media type of the manifest.
pub(crate) const MANIFEST_MEDIA_TYPE: &str = OCI_IMAGE_MEDIA_TYPE;
const CONFIG_MEDIA_TYPE: &str = "application/vnd.wasm.config.v0+json";
const LAYER_MEDIA_TYPE: &str = "application/wasm";

/// Why an image is none that carries an artifact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The manifest is no JSON object with the members of an image manifest.
    #[error("its manifest can't be read ({0})")]
    Manifest(String),
    /// Another version of the manifest's schema.
    #[error("the schema version of its manifest is {0} instead of 2")]
    SchemaVersion(u8),
    /// The manifest says that it is something else.
    #[error("its manifest is `{0}` instead of `{MANIFEST_MEDIA_TYPE}`")]
    ManifestType(String),
    /// The config is of another type.
    #[error("its config is `{0}` instead of `{CONFIG_MEDIA_TYPE}`")]
    ConfigType(String),
    /// No layer, or several.
    #[error("it has {0} layers instead of 1")]
    LayerCount(usize),
    /// The layer is of another type.
    #[error("its layer is `{0}` instead of `{LAYER_MEDIA_TYPE}`")]
    LayerType(String),
    /// A descriptor with another kind of digest.
    #[error("its descriptors have `{0}` where a SHA-256 digest belongs")]
    Digest(String),
    /// A descriptor whose size makes no sense.
    #[error("its descriptors have a size of {0}")]
    Size(i64),
}

/// A file together with the documents around it.
pub(crate) struct Image {
    pub digest: Sha256Digest,
    pub manifest: Vec<u8>,
    pub config: Blob,
    pub layer: Blob,
}

pub(crate) struct Blob {
    pub digest: Sha256Digest,
    pub bytes: Vec<u8>,
}

impl Blob {
    fn of(bytes: Vec<u8>) -> Self {
        let digest = Sha256Digest::of(&bytes);
        Self { digest, bytes }
    }
}

impl Image {
    /// The image of a file.
    pub fn of(bytes: Vec<u8>, limits: &RegistryLimits) -> Result<Self, RegistryError> {
        let bytes_max = limits.artifact_bytes_max;
        if bytes.is_empty() {
            return Err(RegistryError::Empty);
        }
        if bytes.len() as u64 > bytes_max {
            let what = "the artifact";
            return Err(RegistryError::TooLarge { what, bytes_max });
        }
        let layer = Blob::of(bytes);
        let config = Blob::of(config(layer.digest).into_bytes());
        let manifest = OciImageManifest {
            media_type: Some(MANIFEST_MEDIA_TYPE.to_owned()),
            config: descriptor(CONFIG_MEDIA_TYPE, &config),
            layers: vec![descriptor(LAYER_MEDIA_TYPE, &layer)],
            ..OciImageManifest::default()
        };
        let manifest =
            serde_json::to_vec(&manifest).map_err(|error| RegistryError::NotAnArtifact {
                digest: layer.digest,
                reason: ImageError::Manifest(error.to_string()),
            })?;
        Ok(Self {
            digest: Sha256Digest::of(&manifest),
            manifest,
            config,
            layer,
        })
    }
}

fn config(layer: Sha256Digest) -> String {
    format!(
        r#"{{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasip2","layerDigests":["{layer}"]}}"#
    )
}

fn descriptor(media_type: &str, blob: &Blob) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: blob.digest.to_string(),
        size: i64::try_from(blob.bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}

/// What a manifest says about one of its blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub what: &'static str,
    pub digest: Sha256Digest,
    pub bytes: u64,
}

impl Descriptor {
    /// Are these the bytes that it describes?
    pub fn check(&self, bytes: &[u8]) -> Result<(), RegistryError> {
        let what = self.what;
        let (expected, actual) = (self.bytes, bytes.len() as u64);
        if actual != expected {
            return Err(RegistryError::WrongSize {
                what,
                expected,
                actual,
            });
        }
        check_digest(what, self.digest, bytes)
    }
}

pub(crate) fn check_digest(
    what: &'static str,
    expected: Sha256Digest,
    bytes: &[u8],
) -> Result<(), RegistryError> {
    let actual = Sha256Digest::of(bytes);
    if actual != expected {
        return Err(RegistryError::WrongDigest {
            what,
            expected,
            actual,
        });
    }
    Ok(())
}

/// What a manifest promises: nothing of it has been read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub config: Descriptor,
    pub layer: Descriptor,
}

impl Parts {
    /// Reads the bytes of a manifest that has this digest.
    pub fn of(
        digest: Sha256Digest,
        manifest: &[u8],
        limits: &RegistryLimits,
    ) -> Result<Self, RegistryError> {
        let parts =
            parse(manifest).map_err(|reason| RegistryError::NotAnArtifact { digest, reason })?;
        let bounds = [
            (parts.config, limits.manifest_bytes_max),
            (parts.layer, limits.artifact_bytes_max),
        ];
        for (Descriptor { what, bytes, .. }, bytes_max) in bounds {
            if bytes > bytes_max {
                return Err(RegistryError::TooLarge { what, bytes_max });
            }
        }
        Ok(parts)
    }
}

fn parse(manifest: &[u8]) -> Result<Parts, ImageError> {
    let manifest: OciImageManifest = serde_json::from_slice(manifest)
        .map_err(|error| ImageError::Manifest(error.to_string()))?;
    if manifest.schema_version != 2 {
        return Err(ImageError::SchemaVersion(manifest.schema_version));
    }
    if let Some(other) = manifest.media_type.filter(|it| it != MANIFEST_MEDIA_TYPE) {
        return Err(ImageError::ManifestType(cut(&other)));
    }
    if manifest.config.media_type != CONFIG_MEDIA_TYPE {
        return Err(ImageError::ConfigType(cut(&manifest.config.media_type)));
    }
    let [layer] = manifest.layers.as_slice() else {
        return Err(ImageError::LayerCount(manifest.layers.len()));
    };
    if layer.media_type != LAYER_MEDIA_TYPE {
        return Err(ImageError::LayerType(cut(&layer.media_type)));
    }
    Ok(Parts {
        config: described("the config", &manifest.config)?,
        layer: described("the artifact", layer)?,
    })
}

/// Where else the blob could be had (`urls`) is left alone: bytes come from the registry that was named.
fn described(what: &'static str, descriptor: &OciDescriptor) -> Result<Descriptor, ImageError> {
    let digest = descriptor
        .digest
        .parse()
        .map_err(|_| ImageError::Digest(cut(&descriptor.digest)))?;
    let bytes = u64::try_from(descriptor.size)
        .ok()
        .filter(|bytes| *bytes > 0)
        .ok_or(ImageError::Size(descriptor.size))?;
    Ok(Descriptor {
        what,
        digest,
        bytes,
    })
}

fn cut(text: &str) -> String {
    text.chars()
        .take(100)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> RegistryLimits {
        RegistryLimits::default()
    }

    #[test]
    fn the_same_file_makes_the_same_image() {
        let image = Image::of(b"policy".to_vec(), &limits()).unwrap();
        // Changing this changes the digest of everything that was ever pushed.
        assert_eq!(
            String::from_utf8(image.manifest.clone()).unwrap(),
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\
             \"config\":{\"mediaType\":\"application/vnd.wasm.config.v0+json\",\
             \"digest\":\"sha256:05d69a25d3912688b5eea366a19454aabe0421276f02ed8ec3644c87450364ac\",\"size\":161},\
             \"layers\":[{\"mediaType\":\"application/wasm\",\
             \"digest\":\"sha256:823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812\",\"size\":6}]}"
        );
    }

    #[test]
    fn what_was_made_is_accepted() {
        let image = Image::of(b"policy".to_vec(), &limits()).unwrap();
        let parts = Parts::of(image.digest, &image.manifest, &limits()).unwrap();
        parts.layer.check(b"policy").unwrap();
        parts.config.check(&image.config.bytes).unwrap();
        assert!(matches!(
            parts.layer.check(b"policz"),
            Err(RegistryError::WrongDigest { .. })
        ));
        assert!(matches!(
            parts.layer.check(b"policy "),
            Err(RegistryError::WrongSize {
                expected: 6,
                actual: 7,
                ..
            })
        ));
    }

    #[test]
    fn each_refusal_says_why() {
        let image = Image::of(b"policy".to_vec(), &limits()).unwrap();
        let good = String::from_utf8(image.manifest).unwrap();
        let layer = &good[good.find("\"layers\":[").unwrap() + 10..good.len() - 2];
        for (from, to, reason) in [
            ("{\"schema", "[{\"schema", "can't be read"),
            ("\"layers\"", "\"layer\"", "missing field `layers`"),
            (
                "\"schemaVersion\":2",
                "\"schemaVersion\":1",
                "version of its manifest is 1",
            ),
            (
                "\"schemaVersion\":2",
                "\"schemaVersion\":2,\"schemaVersion\":2",
                "duplicate field",
            ),
            (
                "oci.image.manifest.v1",
                "oci.image.index.v1",
                "`application/vnd.oci.image.index.v1+json` instead",
            ),
            (
                "vnd.wasm.config.v0",
                "vnd.oci.image.config.v1",
                "its config is",
            ),
            (
                "application/wasm",
                "application/zip",
                "its layer is `application/zip`",
            ),
            (layer, "", "0 layers"),
            (layer, &format!("{layer},{layer}"), "2 layers"),
            ("\"size\":6", "\"size\":-6", "a size of -6"),
            ("\"size\":6", "\"size\":0", "a size of 0"),
            ("\"size\":6", "\"size\":6.5", "can't be read"),
            (
                "\"size\":6",
                "\"size\":33554433",
                "larger than the limit of 33554432",
            ),
            (
                "\"digest\":\"sha256:",
                "\"digest\":\"sha512:",
                "SHA-256 digest belongs",
            ),
        ] {
            assert!(good.contains(from), "{from}");
            let bad = good.replacen(from, to, 1);
            let error = Parts::of(image.digest, bad.as_bytes(), &limits()).unwrap_err();
            assert!(error.to_string().contains(reason), "{bad}: {error}");
        }
    }

    #[test]
    fn a_file_has_a_least_and_a_most_size() {
        let limits = RegistryLimits {
            artifact_bytes_max: 6,
            ..limits()
        };
        assert!(matches!(
            Image::of(Vec::new(), &limits),
            Err(RegistryError::Empty)
        ));
        assert!(Image::of(vec![0; 6], &limits).is_ok());
        assert!(matches!(
            Image::of(vec![0; 7], &limits),
            Err(RegistryError::TooLarge { bytes_max: 6, .. })
        ));
    }
}
