//! One question of a scenario, and what must come of it.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A question with its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// `<place>.<function>`.
    pub ask: String,
    #[serde(default)]
    pointer: Option<String>,
    #[serde(default)]
    unix_ms: Option<u64>,
    #[serde(default)]
    relation: Option<String>,
    #[serde(default)]
    operand: Option<Box<RawValue>>,
    #[serde(default)]
    operand_at: Option<String>,
    #[serde(default, rename = "presence")]
    _presence: Option<String>,
    #[serde(default)]
    pub(crate) answer: Option<String>,
}

impl Question {
    fn asked_pointer(&self) -> &str {
        self.pointer.as_deref().expect("a pointer")
    }

    /// The observation that it makes, as the host writes it.
    pub(crate) fn observation(&self) -> Option<String> {
        let (place, function) = self.ask.split_once('.').expect("a place and a function");
        match (place, function) {
            ("parameters", _) => None,
            ("clock", "now") => Some("clock.now".to_owned()),
            ("clock", _) => Some(format!("clock.before {}", self.unix_ms.expect("a time"))),
            (_, "test") => Some(format!(
                "{} {} {} {}",
                self.ask,
                self.asked_pointer(),
                self.shown_relation(),
                self.shown_operand()
            )),
            (_, "count" | "keys") => Some(format!("{} {}", self.ask, self.asked_pointer())),
            _ => Some(format!("{place}.get {}", self.asked_pointer())),
        }
    }

    /// The relation of a test.
    pub fn relation(&self) -> Option<&str> {
        self.relation.as_deref()
    }

    fn shown_relation(&self) -> &str {
        match self.relation().expect("a relation") {
            "equal" => "==",
            "less" => "<",
            "at-most" => "<=",
            "greater" => ">",
            "at-least" => ">=",
            "prefix" => "begins with",
            "suffix" => "ends with",
            "glob" => "matches",
            "network" => "in network",
            other => other,
        }
    }

    /// An operand is written in canonical JSON, which is how it is shown.
    fn shown_operand(&self) -> &str {
        let given = self.operand.as_deref().map(RawValue::get);
        given.or(self.operand_at.as_deref()).expect("an operand")
    }
}
