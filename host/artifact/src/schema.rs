//! The schema that a binding's parameters must meet.
//!
//! A tenant writes it and the host runs it, so a schema says no more than a bounded amount of work: no reference leaves it,
//! none leads back to where it came from, patterns run in linear time. Must never fetch anything.

mod bounds;

use std::fmt;
use std::sync::{Arc, OnceLock};

use jsonschema::{Draft, PatternOptions, Validator};
use lictor_policy::{Document, JsonBounds};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

pub use bounds::SCHEMA_WEIGHT_MAX;

/// The most bytes of a schema: 64 KiB of canonical JSON.
pub const SCHEMA_BYTES_MAX: usize = 64 << 10;
/// The most work that checking parameters may be: the schema's weight times an eighth of the parameters' bytes.
pub const SCHEMA_STEPS_MAX: usize = 100_000_000;
/// The most violations that are told at once.
pub const VIOLATIONS_MAX: usize = 16;

const SCHEMA_BOUNDS: JsonBounds = JsonBounds {
    noun: "parameter schema",
    bytes_max: SCHEMA_BYTES_MAX,
    depth_max: 32,
};
/// The most bytes of a compiled pattern. With at most 64 patterns a schema takes 16 MiB.
const PATTERN_BYTES_MAX: usize = 256 << 10;

/// A JSON Schema (draft 2020-12) for parameters. A clone shares the compiled form, which is made at the first check.
#[derive(Clone)]
pub struct ParameterSchema {
    text: Arc<str>,
    weight: usize,
    compiled: Arc<OnceLock<Result<Validator, String>>>,
}

/// Why a schema is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It isn't acceptable JSON, too long or too deep.
    #[error("{0}")]
    Json(String),
    /// A number that a double can't hold.
    #[error("the parameter schema has a number that a double can't hold")]
    Number,
    /// It is neither an object nor a boolean.
    #[error("a parameter schema is an object or a boolean")]
    Kind,
    /// A member that would lead out of the schema, or change what its references mean.
    #[error("the parameter schema's `{member}` is refused: {reason}")]
    Member {
        /// The member's name.
        member: String,
        /// Why.
        reason: &'static str,
    },
    /// A reference that leads back to where it came from.
    #[error("the reference `{0}` leads back to itself, parameters have no recursive shape")]
    Recursive(String),
    /// A reference to nothing.
    #[error("the reference `{0}` leads to nothing in the schema")]
    Dangling(String),
    /// It is more work than a host takes on.
    #[error(
        "the parameter schema weighs more than {SCHEMA_WEIGHT_MAX} values with its references written out"
    )]
    TooHeavy,
    /// It nests too deeply with its references written out.
    #[error("the parameter schema nests too deeply with its references written out")]
    TooDeep,
    /// It has too many patterns.
    #[error(
        "a parameter schema may have {} patterns at most",
        bounds::PATTERNS_MAX
    )]
    TooManyPatterns,
    /// It is no JSON Schema.
    #[error("the parameter schema isn't valid: {0}")]
    Invalid(String),
}

/// One way in which parameters don't meet their schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the parameters, as a pointer; empty is the whole.
    pub pointer: String,
    /// What is wrong there. The value itself isn't shown, since parameters may hold secrets.
    pub message: String,
}

impl ParameterSchema {
    /// Takes a schema that somebody wrote and checks it whole, its patterns too.
    ///
    /// # Errors
    /// The first reason for which no host would use it.
    pub fn parse(text: &[u8]) -> Result<Self, SchemaError> {
        let document = Document::parse(text, &SCHEMA_BOUNDS)
            .map_err(|error| SchemaError::Json(error.to_string()))?;
        let schema = Self::canonical(document.to_json())?;
        match schema.validator() {
            Ok(_) => Ok(schema),
            Err(detail) => Err(SchemaError::Invalid(detail)),
        }
    }

    /// A schema in canonical text; it isn't compiled before it is used.
    fn canonical(text: String) -> Result<Self, SchemaError> {
        let value: Value = serde_json::from_str(&text).map_err(|_| SchemaError::Number)?;
        let weight = bounds::weigh(&value)?;
        Ok(Self {
            text: text.into(),
            weight,
            compiled: Arc::default(),
        })
    }

    /// The schema as canonical JSON.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Checks parameters.
    ///
    /// # Errors
    /// The first [`VIOLATIONS_MAX`] violations; a schema that can't be compiled is one, of the whole.
    pub fn check(&self, parameters: &Document) -> Result<(), Vec<Violation>> {
        let whole = |message: &str| {
            Err(vec![Violation {
                pointer: String::new(),
                message: message.to_owned(),
            }])
        };
        let text = parameters.to_json();
        if self.weight.saturating_mul(text.len() / 8 + 1) > SCHEMA_STEPS_MAX {
            return whole("checking so many parameters against this schema is too much work");
        }
        let Ok(value) = serde_json::from_str::<Value>(&text) else {
            return whole("a number is beyond what a double can hold");
        };
        let validator = match self.validator() {
            Ok(validator) => validator,
            Err(detail) => return whole(&format!("the schema itself isn't valid: {detail}")),
        };
        let violations: Vec<Violation> = validator
            .iter_errors(&value)
            .take(VIOLATIONS_MAX)
            .map(|error| Violation {
                pointer: error.instance_path().to_string(),
                message: error.masked().to_string(),
            })
            .collect();
        if violations.is_empty() {
            Ok(())
        } else {
            Err(violations)
        }
    }

    fn validator(&self) -> Result<&Validator, String> {
        let compiled = self.compiled.get_or_init(|| compile(&self.text));
        compiled.as_ref().map_err(Clone::clone)
    }
}

fn compile(text: &str) -> Result<Validator, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(
            PatternOptions::regex()
                .size_limit(PATTERN_BYTES_MAX)
                .dfa_size_limit(PATTERN_BYTES_MAX),
        )
        .build(&schema)
        .map_err(|error| error.masked().to_string())
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "`{pointer}`: {}", self.message),
        }
    }
}

impl fmt::Debug for ParameterSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParameterSchema({})", self.text)
    }
}

impl PartialEq for ParameterSchema {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Stands in a manifest as the JSON that it is.
impl Serialize for ParameterSchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.text).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Accepts canonical text only.
impl<'de> Deserialize<'de> for ParameterSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let document =
            Document::parse(raw.get().as_bytes(), &SCHEMA_BOUNDS).map_err(D::Error::custom)?;
        let text = document.to_json();
        if text != raw.get() {
            return Err(D::Error::custom(
                "the parameter schema isn't canonical JSON",
            ));
        }
        Self::canonical(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
