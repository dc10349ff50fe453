//! The signed statement: an in-toto statement (v1) that names one component by two digests and says something about it.
//!
//! Whatever is read writes the same bytes again: members stand in one order, without white space, none twice, none unknown.

use blake3::Hash;
use lictor_policy::PolicyName;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hex::{self, Hex};
use crate::{Manifest, ManifestError};

/// The `_type` of every statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The `predicateType` of a statement whose predicate is a [`Manifest`].
pub const MANIFEST_TYPE: &str = "https://github.com/lictor/lictor/manifest/v1";
/// The most bytes of a policy's statement: 128 KiB.
pub const STATEMENT_BYTES_MAX: usize = 128 << 10;
/// The payload type of both statements.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// What a statement is about: a component, named by two digests of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    name: String,
    digest: Digests,
}

/// Two digests of different families, so that a break of one is not a break of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digests {
    sha256: Bytes32,
    blake3: Bytes32,
}

/// Why a statement is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It isn't JSON of the right shape; duplicate and unknown members are named.
    #[error("the statement isn't a policy's: {0}")]
    Shape(String),
    /// It is JSON of the right shape in another spelling.
    #[error("the statement isn't in its one encoding")]
    Encoding,
    /// It is of another type.
    #[error("the statement's `{member}` is `{found}`, it must be `{expected}`")]
    Type {
        /// `_type` or `predicateType`.
        member: &'static str,
        /// What stands there.
        found: String,
        /// What must stand there.
        expected: &'static str,
    },
    /// Subject and manifest name different policies.
    #[error("the statement is about `{subject}` and its manifest about `{policy}`")]
    Name {
        /// The subject's name.
        subject: String,
        /// The manifest's policy.
        policy: PolicyName,
    },
    /// It is longer than [`STATEMENT_BYTES_MAX`].
    #[error("a statement may have {STATEMENT_BYTES_MAX} bytes at most, this one has {0}")]
    TooLarge(usize),
    /// Its manifest is out of bounds.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement<P> {
    _type: String,
    subject: [Subject; 1],
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: P,
}

/// 32 bytes as lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Bytes32(pub(crate) [u8; 32]);

/// The statement that a component is this version of a policy.
pub(crate) fn encode(component: &[u8], manifest: &Manifest) -> Result<Vec<u8>, StatementError> {
    manifest.check()?;
    let statement = Statement {
        _type: STATEMENT_TYPE.to_owned(),
        subject: [Subject {
            name: manifest.policy.to_string(),
            digest: Digests::of(component),
        }],
        predicate_type: MANIFEST_TYPE.to_owned(),
        predicate: manifest,
    };
    let text = to_text(&statement)?;
    if text.len() > STATEMENT_BYTES_MAX {
        return Err(StatementError::TooLarge(text.len()));
    }
    Ok(text)
}

/// Reads a policy's statement.
pub(crate) fn decode(text: &[u8]) -> Result<(Subject, Manifest), StatementError> {
    let statement: Statement<Manifest> = from_text(text)?;
    check_type("_type", &statement._type, STATEMENT_TYPE)?;
    check_type("predicateType", &statement.predicate_type, MANIFEST_TYPE)?;
    if to_text(&statement)? != text {
        return Err(StatementError::Encoding);
    }
    let Statement {
        subject: [subject],
        predicate: manifest,
        ..
    } = statement;
    if subject.name != manifest.policy.as_str() {
        return Err(StatementError::Name {
            subject: subject.name,
            policy: manifest.policy,
        });
    }
    manifest.check()?;
    Ok((subject, manifest))
}

fn check_type(
    member: &'static str,
    found: &str,
    expected: &'static str,
) -> Result<(), StatementError> {
    if found == expected {
        return Ok(());
    }
    Err(StatementError::Type {
        member,
        found: found.chars().take(100).collect(),
        expected,
    })
}

fn from_text<T: DeserializeOwned>(text: &[u8]) -> Result<T, StatementError> {
    serde_json::from_slice(text).map_err(|error| StatementError::Shape(error.to_string()))
}

fn to_text<T: Serialize>(value: &T) -> Result<Vec<u8>, StatementError> {
    serde_json::to_vec(value).map_err(|error| StatementError::Shape(error.to_string()))
}

// --- Subject

impl Subject {
    /// The policy's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn digests(&self) -> Digests {
        self.digest
    }
}

impl Digests {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            sha256: Bytes32(Sha256::digest(bytes).into()),
            blake3: Bytes32(*blake3::hash(bytes).as_bytes()),
        }
    }

    pub(crate) fn sha256(&self) -> &[u8; 32] {
        &self.sha256.0
    }

    pub(crate) fn blake3(&self) -> Hash {
        Hash::from_bytes(self.blake3.0)
    }
}

impl TryFrom<String> for Bytes32 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        hex::parse(&text)
            .map(Self)
            .ok_or_else(|| "a digest has 64 lower-case hexadecimal digits".to_owned())
    }
}

impl From<Bytes32> for String {
    fn from(bytes: Bytes32) -> String {
        Hex(&bytes.0).to_string()
    }
}

impl std::fmt::Debug for Bytes32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", Hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lictor_policy::Version;

    fn manifest() -> Manifest {
        let mut manifest = Manifest::new(
            "spend-limit".parse().unwrap(),
            Version::new(1, 2, 3),
            Version::new(0, 1, 0),
        );
        manifest.imports = ["b:c/d@1.0.0", "a:b/c@1.0.0"].map(str::to_owned).into();
        manifest.limits.fuel = Some(7);
        manifest.validity.not_after_unix_ms = Some(crate::UnixMs(9));
        manifest
    }

    fn text() -> String {
        String::from_utf8(encode(b"component", &manifest()).unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let (subject, read) = decode(text().as_bytes()).unwrap();
        assert_eq!(read, manifest());
        assert_eq!(subject.digests(), Digests::of(b"component"));
        assert_eq!(subject.name(), "spend-limit");
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let good = text();
        let sha256 = Hex(Digests::of(b"component").sha256()).to_string();
        for (from, to) in [
            ("\"policy\":", "\"policy\": "),
            ("\"version\"", "\"versio\\u006e\""),
            ("\"fuel\":7", "\"fuel\":7,\"fuel\":7"),
            ("\"fuel\":7", "\"fuel\":7,\"flue\":7"),
            ("\"fuel\":7", "\"fuel\":7.0"),
            ("\"fuel\":7", "\"fuel\":7,\"log_bytes\":null"),
            (
                "\"version\":\"1.2.3\"",
                "\"version\":\"1.2.3\",\"version\":\"1.2.3\"",
            ),
            ("\"version\":\"1.2.3\"", "\"version\":\"1.2.03\""),
            ("\"version\":\"1.2.3\"", "\"version\":\"1.2\""),
            (
                "\"a:b/c@1.0.0\",\"b:c/d@1.0.0\"",
                "\"b:c/d@1.0.0\",\"a:b/c@1.0.0\"",
            ),
            ("\"a:b/c@1.0.0\"", "\"a:b/c@1.0.0\",\"a:b/c@1.0.0\""),
            ("Statement/v1", "Statement/v0.1"),
            ("manifest/v1", "manifest/v2"),
            ("\"policy\":\"spend-limit\"", "\"policy\":\"spend\""),
            (&sha256, &sha256[1..]),
            (&sha256, &sha256.to_uppercase()),
            ("\"subject\":[", "\"subject\":[],\"x\":["),
            ("}}}", "}}} "),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            assert!(decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn exactly_one_subject() {
        let good = text();
        let start = good.find('[').unwrap() + 1;
        let end = good.find("}],").unwrap() + 1;
        let subject = &good[start..end];
        let two = good.replacen(subject, &format!("{subject},{subject}"), 1);
        let none = good.replacen(subject, "", 1);
        for bad in [two, none] {
            assert!(matches!(
                decode(bad.as_bytes()),
                Err(StatementError::Shape(_))
            ));
        }
    }
}
