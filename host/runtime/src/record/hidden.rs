//! Values that a rule hides, so that they aren't shown in other places either: a policy builds pointers from what it was
//! answered, `/users/alice/roles` from the subject's id.

use lictor_policy::{Answer, Item, Kind, Question, Value};

use super::Record;
use super::redact::{Redaction, Shown};

/// The hidden values of one record, each with what is shown instead.
pub(super) struct Hidden {
    values: Vec<(String, String)>,
}

/// From this length on, a hidden value is looked for inside of longer words too.
const INNER_BYTES_MIN: usize = 3;

impl Hidden {
    /// Collects what the rules hide of the request, and what they hide of the answers.
    pub(super) fn of(record: &Record, redaction: &Redaction) -> Self {
        let mut hidden = Self { values: Vec::new() };
        for rule in redaction.rules() {
            if let Some(item) = record.request.document().find(&rule.attribute) {
                hidden.add_below(rule.attribute.as_str(), item, redaction);
            }
        }
        for observation in record
            .outcome
            .policies
            .iter()
            .flat_map(|policy| policy.observations.iter())
        {
            if let (Question::Look { pointer, .. }, Answer::Value(value)) =
                (observation.question, observation.answer)
            {
                let (text, is_json) = plain(value);
                hidden.add(&pointer, text, is_json, redaction);
            }
        }
        hidden
    }

    /// The text without the hidden values. Words are what stands between slashes, spaces and backticks.
    pub(super) fn hide(&self, text: &str) -> String {
        if self.values.is_empty() {
            return text.to_owned();
        }
        text.split_inclusive(['/', ' ', '`'])
            .map(|piece| self.hide_word(piece))
            .collect()
    }

    fn hide_word(&self, piece: &str) -> String {
        let (word, end) = match piece.char_indices().next_back() {
            Some((at, '/' | ' ' | '`')) => piece.split_at(at),
            _ => (piece, ""),
        };
        let plain = word.replace("~1", "/").replace("~0", "~");
        let holds = |value: &str| {
            plain == value || (value.len() >= INNER_BYTES_MIN && plain.contains(value))
        };
        match self.values.iter().find(|(value, _)| holds(value)) {
            Some((_, shown)) => format!("{shown}{end}"),
            None => piece.to_owned(),
        }
    }

    fn add(&mut self, pointer: &str, text: String, is_json: bool, redaction: &Redaction) {
        if let Shown::Instead(shown) = redaction.show(pointer, &text, is_json) {
            self.values.push((text, shown));
        }
    }

    /// Adds every scalar at and below an item.
    fn add_below(&mut self, pointer: &str, item: Item<'_>, redaction: &Redaction) {
        match item.kind() {
            Kind::Object => {
                item.members()
                    .into_iter()
                    .flatten()
                    .for_each(|(_, below)| self.add_below(pointer, below, redaction));
            }
            Kind::List => {
                item.items()
                    .into_iter()
                    .flatten()
                    .for_each(|below| self.add_below(pointer, below, redaction));
            }
            _ => {
                let text = item.as_text().map_or_else(|| item.to_json(), str::to_owned);
                self.add(pointer, text, false, redaction);
            }
        }
    }
}

/// The text that rules see of a value, and whether it is that of a list or an object.
pub(super) fn plain(value: Value) -> (String, bool) {
    match value {
        Value::Text(text) => (text, false),
        Value::Json(text) => (text, true),
        other => (other.to_string(), false),
    }
}
