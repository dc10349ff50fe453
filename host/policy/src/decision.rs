//! What a policy answers, and the bounds that every answer must keep.
//!
//! A decision comes from a guest, so it is hostile until [`Decision::checked`] has seen it.

use serde::{Deserialize, Serialize};

use crate::{Document, Effect, JsonBounds, Kind};

/// The most reasons, and the most obligations, of one decision.
pub const DECISION_ITEMS_MAX: usize = 64;
/// The most annotations in one place: on a decision, a reason or an obligation.
pub const ANNOTATIONS_MAX: usize = 64;
/// The most bytes of a reason's code, an obligation's id, an obligation's kind or an annotation's name.
pub const LABEL_BYTES_MAX: usize = 128;
/// What begins the codes and kinds that only the host itself may use.
pub const RESERVED_PREFIX: &str = "lictor:";

/// Pairs of a name and a text, in the order in which they were given. The names are unique.
pub type Annotations = Vec<(String, String)>;

/// Why a policy decided as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// A stable, machine-readable code, for example `over-limit`.
    pub code: String,
    /// A sentence for a person; it may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// More facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Annotations,
}

impl Reason {
    /// A reason without annotations.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            annotations: Vec::new(),
        }
    }
}

/// What the caller must also do when it acts on the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obligation {
    /// Tells this obligation from the others of the decision.
    pub id: String,
    /// What is to be done, for example `notify`.
    pub kind: String,
    /// The details: a JSON object as canonical text.
    pub properties: String,
    /// More facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Annotations,
}

/// The answer of one policy, or of all of a tenant's policies together, to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Whether the action may happen.
    pub effect: Effect,
    /// Why, the most important reason first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What the caller must do when it acts on the decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Obligation>,
    /// More facts about the decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Annotations,
}

/// What is wrong with a decision that a policy gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// More of something than may be.
    #[error("{count} {noun} were given, at most {max} are accepted")]
    TooMany {
        /// Of what.
        noun: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// The texts add up to more bytes than the binding's limit.
    #[error("the decision has {bytes} bytes, at most {max} are accepted")]
    TooLarge {
        /// How many bytes there are.
        bytes: usize,
        /// How many there may be.
        max: usize,
    },
    /// A code, id, kind or name that is empty.
    #[error("{noun} may not be empty")]
    EmptyLabel {
        /// Which label.
        noun: &'static str,
    },
    /// A code, id, kind or name that is too long.
    #[error("{noun} may have {LABEL_BYTES_MAX} bytes at most, this one has {bytes}")]
    LongLabel {
        /// Which label.
        noun: &'static str,
        /// How many bytes it has.
        bytes: usize,
    },
    /// A code or kind that only the host may use.
    #[error("{noun} `{label}` begins with `{RESERVED_PREFIX}`, which is the host's own")]
    Reserved {
        /// Which label.
        noun: &'static str,
        /// The label.
        label: String,
    },
    /// Two annotations of one name in one place.
    #[error("the annotation `{name}` is given twice")]
    DuplicateAnnotation {
        /// The name.
        name: String,
    },
    /// An obligation whose properties are no JSON object.
    #[error("the properties of the obligation `{id}` are no JSON object: {detail}")]
    Properties {
        /// The obligation.
        id: String,
        /// What is wrong.
        detail: String,
    },
}

impl Decision {
    /// A decision that says only its effect.
    pub fn bare(effect: Effect) -> Self {
        Self {
            effect,
            reasons: Vec::new(),
            obligations: Vec::new(),
            annotations: Vec::new(),
        }
    }

    /// A decision with one reason.
    pub fn because(effect: Effect, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reasons: vec![Reason::new(code, message)],
            ..Self::bare(effect)
        }
    }

    /// The decision that a policy gave, once it keeps all bounds; the properties of its obligations become canonical.
    ///
    /// `bytes_max` bounds the bytes of all texts together.
    ///
    /// # Errors
    /// The first bound that is not kept.
    pub fn checked(mut self, bytes_max: usize) -> Result<Self, DecisionError> {
        at_most("reasons", self.reasons.len(), DECISION_ITEMS_MAX)?;
        at_most("obligations", self.obligations.len(), DECISION_ITEMS_MAX)?;
        self.check_size(bytes_max)?;
        check_annotations(&self.annotations)?;
        for reason in &self.reasons {
            check_own_label("a reason's code", &reason.code)?;
            check_annotations(&reason.annotations)?;
        }
        for obligation in &mut self.obligations {
            check_label("an obligation's id", &obligation.id)?;
            check_own_label("an obligation's kind", &obligation.kind)?;
            check_annotations(&obligation.annotations)?;
            obligation.properties = canonical_object(obligation, bytes_max)?;
        }
        // The canonical text of a number may be longer than the one that was given.
        self.check_size(bytes_max)?;
        Ok(self)
    }

    fn check_size(&self, max: usize) -> Result<(), DecisionError> {
        let bytes = self.byte_len();
        if bytes > max {
            return Err(DecisionError::TooLarge { bytes, max });
        }
        Ok(())
    }

    /// The bytes of all texts together.
    pub fn byte_len(&self) -> usize {
        let reasons = self
            .reasons
            .iter()
            .map(|it| it.code.len() + it.message.len() + annotation_bytes(&it.annotations));
        let obligations = self.obligations.iter().map(|it| {
            it.id.len() + it.kind.len() + it.properties.len() + annotation_bytes(&it.annotations)
        });
        reasons.sum::<usize>() + obligations.sum::<usize>() + annotation_bytes(&self.annotations)
    }
}

fn annotation_bytes(annotations: &Annotations) -> usize {
    annotations
        .iter()
        .map(|(name, text)| name.len() + text.len())
        .sum()
}

fn at_most(noun: &'static str, count: usize, max: usize) -> Result<(), DecisionError> {
    if count > max {
        Err(DecisionError::TooMany { noun, count, max })
    } else {
        Ok(())
    }
}

fn check_label(noun: &'static str, label: &str) -> Result<(), DecisionError> {
    match label.len() {
        0 => Err(DecisionError::EmptyLabel { noun }),
        bytes if bytes > LABEL_BYTES_MAX => Err(DecisionError::LongLabel { noun, bytes }),
        _ => Ok(()),
    }
}

fn check_own_label(noun: &'static str, label: &str) -> Result<(), DecisionError> {
    check_label(noun, label)?;
    if label.starts_with(RESERVED_PREFIX) {
        return Err(DecisionError::Reserved {
            noun,
            label: label.to_owned(),
        });
    }
    Ok(())
}

fn check_annotations(annotations: &Annotations) -> Result<(), DecisionError> {
    at_most("annotations", annotations.len(), ANNOTATIONS_MAX)?;
    for (index, (name, _)) in annotations.iter().enumerate() {
        check_label("an annotation's name", name)?;
        if annotations
            .iter()
            .take(index)
            .any(|(earlier, _)| earlier == name)
        {
            return Err(DecisionError::DuplicateAnnotation { name: name.clone() });
        }
    }
    Ok(())
}

fn canonical_object(obligation: &Obligation, bytes_max: usize) -> Result<String, DecisionError> {
    let refuse = |detail: String| DecisionError::Properties {
        id: obligation.id.clone(),
        detail,
    };
    let bounds = JsonBounds {
        bytes_max,
        ..JsonBounds::default()
    };
    let document = Document::parse(obligation.properties.as_bytes(), &bounds)
        .map_err(|error| refuse(error.to_string()))?;
    match document.root().kind() {
        Kind::Object => Ok(document.to_json()),
        _ => Err(refuse("the text is JSON of another kind".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 64 * 1024;

    fn with_obligation(properties: &str) -> Decision {
        let obligation = Obligation {
            id: "o".into(),
            kind: "notify".into(),
            properties: properties.into(),
            annotations: Vec::new(),
        };
        Decision {
            obligations: vec![obligation],
            ..Decision::bare(Effect::Allow)
        }
    }

    #[test]
    fn too_many_reasons_are_refused() {
        let mut decision = Decision::bare(Effect::Deny);
        decision.reasons = vec![Reason::new("r", ""); DECISION_ITEMS_MAX];
        assert!(decision.clone().checked(ROOM).is_ok());
        decision.reasons.push(Reason::new("r", ""));
        let error = decision.checked(ROOM).unwrap_err().to_string();
        assert_eq!(error, "65 reasons were given, at most 64 are accepted");
    }

    #[test]
    fn the_bytes_of_all_texts_are_bounded() {
        let decision = Decision::because(Effect::Deny, "code", "m".repeat(96));
        assert!(decision.clone().checked(100).is_ok());
        assert_eq!(
            decision.checked(99),
            Err(DecisionError::TooLarge {
                bytes: 100,
                max: 99
            })
        );
    }

    #[test]
    fn labels_are_bounded_and_the_hosts_own_stay_its_own() {
        let of = |code: &str| Decision::because(Effect::Deny, code, "").checked(ROOM);
        assert!(of(&"c".repeat(LABEL_BYTES_MAX)).is_ok());
        assert!(matches!(
            of(&"c".repeat(LABEL_BYTES_MAX + 1)),
            Err(DecisionError::LongLabel { .. })
        ));
        assert!(matches!(of(""), Err(DecisionError::EmptyLabel { .. })));
        assert!(matches!(
            of("lictor:fault"),
            Err(DecisionError::Reserved { .. })
        ));
    }

    #[test]
    fn annotations_are_unique_and_few() {
        let mut decision = Decision::bare(Effect::Allow);
        decision.annotations = vec![("a".into(), "1".into()), ("a".into(), "2".into())];
        assert!(matches!(
            decision.clone().checked(ROOM),
            Err(DecisionError::DuplicateAnnotation { .. })
        ));
        decision.annotations = (0..=ANNOTATIONS_MAX)
            .map(|n| (n.to_string(), String::new()))
            .collect();
        assert!(matches!(
            decision.checked(ROOM),
            Err(DecisionError::TooMany { .. })
        ));
    }

    #[test]
    fn properties_that_grow_by_their_canonical_text_count_as_grown() {
        let properties = r#"{"n":[1e20,1e20,1e20]}"#;
        let given = with_obligation(properties);
        let room = given.byte_len() + 10;
        assert!(given.clone().checked(room).is_err());
        assert!(given.checked(ROOM).is_ok());
    }

    #[test]
    fn properties_are_one_canonical_object() {
        let decision = with_obligation(r#" {"b": 1.0, "a": "x"} "#)
            .checked(ROOM)
            .unwrap();
        assert_eq!(decision.obligations[0].properties, r#"{"a":"x","b":1}"#);
        for bad in ["", "[]", "{", r#"{"a":1,"a":2}"#, "null"] {
            assert!(
                matches!(
                    with_obligation(bad).checked(ROOM),
                    Err(DecisionError::Properties { .. })
                ),
                "{bad}"
            );
        }
    }
}
