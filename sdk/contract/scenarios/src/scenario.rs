//! The scenarios: worlds, and the questions that are put to them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Question;

const SCENARIOS: &str = include_str!("../../scenarios.json");

/// The request of a scenario for which any will do.
const ANY_REQUEST: &str = r#"{
    "subject": {"type": "user", "id": "alice"},
    "action": {"name": "read"},
    "resource": {"type": "record", "id": "record-1"}
}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[serde(borrow)]
    scenarios: Vec<Scenario<'a>>,
}

/// A world and its questions.
///
/// Worlds are kept as they are written: the spelling of numbers is what some scenarios are about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario<'a> {
    /// A sentence.
    pub name: String,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    parameters: BTreeMap<String, &'a RawValue>,
    /// The time of the request in milliseconds since 1970.
    #[serde(default, rename = "now")]
    pub now_ms: u64,
    #[serde(borrow)]
    questions: Vec<&'a RawValue>,
    pub(crate) fault: Option<String>,
}

impl Scenario<'_> {
    /// The request, as JSON text.
    pub fn request(&self) -> &str {
        self.request.map_or(ANY_REQUEST, RawValue::get)
    }

    /// The tenant's documents: their names and JSON texts.
    pub fn data(&self) -> impl Iterator<Item = (&str, &str)> {
        self.data
            .iter()
            .map(|(name, document)| (name.as_str(), document.get()))
    }

    /// The parameters with the questions among them, as JSON text.
    ///
    /// # Panics
    /// Never: all of it was read as JSON.
    pub fn parameters(&self) -> String {
        let questions =
            serde_json::value::to_raw_value(&self.questions).expect("they were read as JSON");
        let mut parameters = self.parameters.clone();
        parameters.insert("questions".to_owned(), &questions);
        serde_json::to_string(&parameters).expect("they were read as JSON")
    }

    /// The questions in order.
    ///
    /// # Panics
    /// One of them isn't written as the contract says.
    pub fn questions(&self) -> Vec<Question> {
        self.questions
            .iter()
            .map(|raw| serde_json::from_str(raw.get()).expect("a question of the contract"))
            .collect()
    }
}

/// All scenarios.
///
/// # Panics
/// The file isn't written as the contract says.
pub fn scenarios() -> Vec<Scenario<'static>> {
    serde_json::from_str::<File>(SCENARIOS)
        .expect("scenarios of the contract")
        .scenarios
}
