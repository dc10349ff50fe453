//! The list of what a folder holds: `index.json` of an OCI image layout.
//!
//! Owns which version names which manifest. What other tools have written into the list and its entries is kept.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::digest::Sha256Digest;
use super::image::MANIFEST_MEDIA_TYPE;
use super::reference::{tag_of, version_of};

/// The file that says that a folder is an image layout, and what stands in it.
pub(crate) const LAYOUT_FILE: &str = "oci-layout";
pub(crate) const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
pub(crate) const INDEX_FILE: &str = "index.json";

const INDEX_MEDIA_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const TAG_ANNOTATION: &str = "org.opencontainers.image.ref.name";

/// What `index.json` says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    schema_version: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    manifests: Vec<Entry>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Entry {
    fn version(&self) -> Option<Version> {
        version_of(self.annotations.get(TAG_ANNOTATION)?)
    }
}

impl Index {
    pub fn empty() -> Self {
        Self {
            schema_version: 2,
            media_type: Some(INDEX_MEDIA_TYPE.to_owned()),
            manifests: Vec::new(),
            others: Map::new(),
        }
    }

    /// Reads the file; the reason is for people.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let index: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if index.schema_version != 2 {
            return Err(format!(
                "schema version {} instead of 2",
                index.schema_version
            ));
        }
        let mut versions = index.versions();
        versions.dedup();
        if versions.len() != index.versions().len() {
            return Err("two images carry the same version".to_owned());
        }
        Ok(index)
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(self).map_err(|error| error.to_string())
    }

    /// Every version, the lowest first.
    pub fn versions(&self) -> Vec<Version> {
        let mut versions: Vec<_> = self.manifests.iter().filter_map(Entry::version).collect();
        versions.sort();
        versions
    }

    /// The digest that a version has; the reason is for people.
    pub fn find(&self, version: &Version) -> Result<Option<Sha256Digest>, String> {
        let entry = self
            .manifests
            .iter()
            .find(|entry| entry.version().as_ref() == Some(version));
        entry
            .map(|entry| entry.digest.parse().map_err(|error| format!("{error}")))
            .transpose()
    }

    /// Lets a version name an image, and nothing else from now on.
    pub fn set(&mut self, version: &Version, digest: Sha256Digest, manifest_bytes: usize) {
        self.manifests
            .retain(|entry| entry.version().as_ref() != Some(version));
        self.manifests.push(Entry {
            media_type: MANIFEST_MEDIA_TYPE.to_owned(),
            digest: digest.to_string(),
            size: manifest_bytes as u64,
            annotations: BTreeMap::from([(TAG_ANNOTATION.to_owned(), tag_of(version))]),
            others: Map::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_names_one_image() {
        let (one, other) = (Sha256Digest::of(b"1"), Sha256Digest::of(b"2"));
        let mut index = Index::empty();
        index.set(&Version::new(1, 10, 0), one, 3);
        index.set(&Version::new(1, 9, 0), one, 3);
        index.set(&Version::new(1, 10, 0), other, 3);
        let index = Index::parse(&index.to_bytes().unwrap()).unwrap();
        assert_eq!(
            index.versions(),
            [Version::new(1, 9, 0), Version::new(1, 10, 0)]
        );
        assert_eq!(index.find(&Version::new(1, 10, 0)), Ok(Some(other)));
        assert_eq!(index.find(&Version::new(2, 0, 0)), Ok(None));
    }

    #[test]
    fn what_others_wrote_is_kept() {
        let text = format!(
            r#"{{"schemaVersion":2,"annotations":{{"a":"b"}},"manifests":[{{"mediaType":"x","digest":"{}","size":3,"platform":{{"os":"linux"}}}}]}}"#,
            Sha256Digest::of(b"1")
        );
        let mut index = Index::parse(text.as_bytes()).unwrap();
        index.set(&Version::new(1, 0, 0), Sha256Digest::of(b"2"), 3);
        let written: Value = serde_json::from_slice(&index.to_bytes().unwrap()).unwrap();
        assert_eq!(written["annotations"]["a"], "b");
        assert_eq!(written["manifests"][0]["platform"]["os"], "linux");
        assert_eq!(index.versions(), [Version::new(1, 0, 0)]);
    }

    #[test]
    fn each_refusal_says_why() {
        let entry = r#"{"mediaType":"x","digest":"../../etc/passwd","size":3,"annotations":{"org.opencontainers.image.ref.name":"1.0.0"}}"#;
        for (bad, reason) in [
            ("".to_owned(), "EOF"),
            (
                r#"{"schemaVersion":1,"manifests":[]}"#.to_owned(),
                "schema version 1",
            ),
            (
                format!(r#"{{"schemaVersion":2,"manifests":[{entry},{entry}]}}"#),
                "the same version",
            ),
        ] {
            let error = Index::parse(bad.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        let one = format!(r#"{{"schemaVersion":2,"manifests":[{entry}]}}"#);
        let error = Index::parse(one.as_bytes())
            .unwrap()
            .find(&Version::new(1, 0, 0));
        assert!(error.unwrap_err().contains("is no digest"));
    }
}
