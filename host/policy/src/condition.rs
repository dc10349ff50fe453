//! Which requests a binding applies to.
//!
//! A condition that can't be evaluated applies: a policy must not be switched off by leaving an attribute out or by sending
//! it as another type.

use serde::{Deserialize, Serialize};

use crate::{Pointer, PointerError, Request};

/// The most conditions of one binding.
pub const CONDITIONS_MAX: usize = 16;

/// One condition on an attribute of the request.
///
/// Written as `{"attribute": "/action/name", "one_of": ["refund"]}`, with `prefix` (a text) or `is` (true or false) in the
/// place of `one_of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Condition {
    /// Which attribute.
    pub attribute: Pointer,
    /// What it must be.
    pub test: Test,
}

/// What an attribute must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these texts.
    OneOf(Vec<String>),
    /// A text that begins with this one.
    Prefix(String),
    /// True or false.
    Is(bool),
}

/// A condition as it is written.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    attribute: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<bool>,
}

/// Why something written is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// The attribute is no pointer.
    #[error("the condition's `attribute` is no pointer: {0}")]
    Attribute(#[from] PointerError),
    /// None, or several, of the tests are given.
    #[error("the condition on `{attribute}` needs exactly one of `one_of`, `prefix` and `is`")]
    Tests {
        /// The attribute.
        attribute: String,
    },
}

impl TryFrom<Written> for Condition {
    type Error = ConditionError;

    fn try_from(written: Written) -> Result<Self, ConditionError> {
        let test = match (written.one_of, written.prefix, written.is) {
            (Some(texts), None, None) => Test::OneOf(texts),
            (None, Some(prefix), None) => Test::Prefix(prefix),
            (None, None, Some(is)) => Test::Is(is),
            _ => {
                return Err(ConditionError::Tests {
                    attribute: written.attribute,
                });
            }
        };
        Ok(Self {
            attribute: Pointer::parse(&written.attribute)?,
            test,
        })
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Self {
        let mut written = Written {
            attribute: condition.attribute.to_string(),
            ..Written::default()
        };
        match condition.test {
            Test::OneOf(texts) => written.one_of = Some(texts),
            Test::Prefix(prefix) => written.prefix = Some(prefix),
            Test::Is(is) => written.is = Some(is),
        }
        written
    }
}

impl Condition {
    /// Whether the request meets the condition; true as well when the attribute is absent or of another type.
    pub fn applies(&self, request: &Request) -> bool {
        let Some(item) = request.document().find(&self.attribute) else {
            return true;
        };
        match &self.test {
            Test::OneOf(texts) => item
                .as_text()
                .is_none_or(|text| texts.iter().any(|one| one == text)),
            Test::Prefix(prefix) => item.as_text().is_none_or(|text| text.starts_with(prefix)),
            Test::Is(wanted) => item.as_boolean().is_none_or(|found| found == *wanted),
        }
    }
}

/// Whether a binding with these conditions applies to the request: all of them must.
#[inline]
pub fn all_apply(conditions: &[Condition], request: &Request) -> bool {
    conditions
        .iter()
        .all(|condition| condition.applies(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applies(condition: &str, context: &str) -> bool {
        let condition: Condition = serde_json::from_str(condition).unwrap();
        let request = format!(
            r#"{{"subject":{{"type":"agent","id":"a"}},"action":{{"name":"refund"}},
                "resource":{{"type":"order","id":"o"}},"context":{context}}}"#
        );
        all_apply(
            &[condition],
            &Request::from_json(request.as_bytes()).unwrap(),
        )
    }

    #[test]
    fn each_test_says_yes_and_no() {
        let one_of = r#"{"attribute":"/action/name","one_of":["pay","refund"]}"#;
        assert!(applies(one_of, "{}"));
        assert!(!applies(
            r#"{"attribute":"/action/name","one_of":["pay"]}"#,
            "{}"
        ));
        assert!(applies(
            r#"{"attribute":"/action/name","prefix":"re"}"#,
            "{}"
        ));
        assert!(!applies(
            r#"{"attribute":"/action/name","prefix":"ref "}"#,
            "{}"
        ));
        assert!(applies(
            r#"{"attribute":"/context/live","is":true}"#,
            r#"{"live":true}"#
        ));
        assert!(!applies(
            r#"{"attribute":"/context/live","is":true}"#,
            r#"{"live":false}"#
        ));
    }

    #[test]
    fn what_cannot_be_evaluated_applies() {
        for context in [
            "{}",
            r#"{"live":null}"#,
            r#"{"live":"yes"}"#,
            r#"{"live":{}}"#,
        ] {
            assert!(
                applies(r#"{"attribute":"/context/live","is":true}"#, context),
                "{context}"
            );
        }
        assert!(applies(
            r#"{"attribute":"/context/live","prefix":"x"}"#,
            r#"{"live":1}"#
        ));
    }

    #[test]
    fn a_condition_has_exactly_one_test() {
        for bad in [
            r#"{"attribute":"/a"}"#,
            r#"{"attribute":"/a","is":true,"prefix":"x"}"#,
            r#"{"attribute":"a","is":true}"#,
            r#"{"attribute":"/a","one_off":[]}"#,
        ] {
            assert!(serde_json::from_str::<Condition>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_condition_is_written_as_it_is_read() {
        let text = r#"{"attribute":"/action/name","one_of":["pay"]}"#;
        let condition: Condition = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&condition).unwrap(), text);
    }
}
