//! How an artifact was built, as its builder tells it: a second statement over the same component.
//!
//! It is carried and shown, and its signatures are checked. Must never be needed for anything, nor decide anything.

use lictor_policy::{Document, JsonBounds};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::hex;
use crate::statement::{Digests, STATEMENT_TYPE};

/// The `predicateType` of provenance: SLSA's, version 1.
pub const PROVENANCE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// The most bytes of provenance: 256 KiB.
pub const PROVENANCE_BYTES_MAX: usize = 256 << 10;

const BOUNDS: JsonBounds = JsonBounds {
    noun: "provenance",
    bytes_max: PROVENANCE_BYTES_MAX,
    depth_max: 64,
};

/// What a builder says about how a component was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    predicate: Document,
}

/// Why provenance is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// It isn't acceptable JSON, too long or too deep.
    #[error("{0}")]
    Json(String),
    /// It is no in-toto statement.
    #[error("the provenance is no in-toto statement: {0}")]
    Shape(String),
    /// It is a statement of another type.
    #[error("the provenance's type is `{0}`, it must be `{PROVENANCE_TYPE}`")]
    Type(String),
    /// It is about another component.
    #[error("the provenance is about another component")]
    Subject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    _type: String,
    subject: [Subject; 1],
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Box<RawValue>,
}

/// What builders' tools write: other digests and members may stand beside.
#[derive(Deserialize)]
struct Subject {
    digest: Digest,
}

#[derive(Deserialize)]
struct Digest {
    sha256: String,
    blake3: Option<String>,
}

impl Provenance {
    /// What the builder says, in SLSA's terms.
    pub fn predicate(&self) -> &Document {
        &self.predicate
    }

    /// Reads a statement that must be about the component with these digests.
    pub(crate) fn decode(text: &[u8], digests: Digests) -> Result<Self, ProvenanceError> {
        // Refuses members that appear twice, anywhere.
        Document::parse(text, &BOUNDS).map_err(|error| ProvenanceError::Json(error.to_string()))?;
        // A list of values would be read as the members in their order.
        if text.trim_ascii_start().first() != Some(&b'{') {
            return Err(ProvenanceError::Shape("it isn't an object".to_owned()));
        }
        let statement: Statement = serde_json::from_slice(text)
            .map_err(|error| ProvenanceError::Shape(error.to_string()))?;
        if statement._type != STATEMENT_TYPE {
            return Err(ProvenanceError::Type(shown(&statement._type)));
        }
        if statement.predicate_type != PROVENANCE_TYPE {
            return Err(ProvenanceError::Type(shown(&statement.predicate_type)));
        }
        let [subject] = statement.subject;
        let sha256 = hex::parse::<32>(&subject.digest.sha256);
        let blake3 = subject.digest.blake3.map(|text| hex::parse::<32>(&text));
        let same = sha256.as_ref() == Some(digests.sha256())
            && blake3.is_none_or(|found| found.as_ref() == Some(digests.blake3().as_bytes()));
        if !same {
            return Err(ProvenanceError::Subject);
        }
        let predicate = Document::parse(statement.predicate.get().as_bytes(), &BOUNDS)
            .map_err(|error| ProvenanceError::Json(error.to_string()))?;
        Ok(Self { predicate })
    }
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
