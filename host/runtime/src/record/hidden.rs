//! Values that a rule hides, so that they aren't shown in other places either: a policy builds pointers and reasons from
//! what it was answered, `/users/alice/roles` from the subject's id.
//!
//! Must never take time that grows faster than the record: what is looked for inside of texts is bounded in number.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use lictor_policy::{
    Answer, Document, Item, JsonBounds, Kind, Observations, Question, Request, Source, Value,
};

use super::redact::{MASK, Redact, Redaction, Shown, is_within, names_secret};

/// The hidden values of one record or of one pair of a rollout, each with what is shown instead.
#[derive(Default)]
pub(crate) struct Hidden {
    exact: HashMap<String, String>,
    /// What is looked for inside of texts, in every spelling that a record may have of it, with what is shown instead.
    inner: Vec<(String, String)>,
    /// How many values `inner` is about.
    inner_values: usize,
    /// The bytes of the shortest value for which `inner` had no room.
    left_out_bytes_min: Option<usize>,
    /// Whether the rules hide something of the request itself.
    in_request: bool,
}

/// From this length on, a hidden value is looked for inside of longer texts too.
const INNER_BYTES_MIN: usize = 3;

/// So many values are looked for inside of texts.
const INNER_VALUES_MAX: usize = 64;

impl Hidden {
    /// Collects what the rules hide of a request, and what they hide of the answers that policies got.
    pub(crate) fn of<'a>(
        request: &Request,
        observations: impl Iterator<Item = &'a Observations>,
        redaction: &Redaction,
    ) -> Self {
        let mut hidden = Self::default();
        hidden.add_covered("", request.document().root(), redaction);
        hidden.in_request = !hidden.exact.is_empty();
        for observation in observations.flat_map(Observations::iter) {
            if let Question::Look {
                source, pointer, ..
            } = observation.question
            {
                hidden.add_answer(source, &pointer, observation.answer, redaction);
            }
        }
        hidden
    }

    /// A short text such as a reason's code: hidden when it is a hidden value, and without those that it contains.
    pub(crate) fn label<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.exact.get(text) {
            Some(shown) => Cow::Owned(shown.clone()),
            None => self.without_inner(text),
        }
    }

    /// A text of any length. It is masked whole where it could contain a value that is not looked for.
    pub(crate) fn free<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let could_contain = self
            .left_out_bytes_min
            .is_some_and(|bytes| text.len() >= bytes);
        if could_contain && !self.exact.contains_key(text) {
            return Cow::Borrowed(MASK);
        }
        self.label(text)
    }

    /// Whether the text of the whole request shows nothing that is hidden: neither of itself nor of what policies were told.
    pub(super) fn spares(&self, request: &str) -> bool {
        !self.in_request && matches!(self.free(request), Cow::Borrowed(text) if text == request)
    }

    /// A pointer, token by token.
    pub(super) fn pointer(&self, pointer: &str) -> String {
        let mut tokens = pointer.split('/');
        // What stands before the first slash is nothing.
        let first = tokens.next().unwrap_or_default().to_owned();
        tokens.fold(first, |shown, token| {
            shown + "/" + &escaped(&self.label(&unescaped(token)))
        })
    }

    /// The message of a fault. One that was cut may end within a hidden value, so then its code is all that is said.
    pub(super) fn message(&self, message: &str, code: &str) -> String {
        if !self.exact.is_empty() && message.contains('…') {
            return code.to_owned();
        }
        self.free(message).into_owned()
    }

    /// What is shown instead of a text that is a hidden value.
    pub(super) fn instead_of(&self, text: &str) -> Option<&str> {
        self.exact.get(text).map(String::as_str)
    }

    fn without_inner<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found: Vec<(Range<usize>, &str)> = Vec::new();
        for (value, shown) in &self.inner {
            let places = text.match_indices(value.as_str());
            found.extend(places.map(|(at, value)| (at..at + value.len(), shown.as_str())));
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        // The longest of those that begin at one place comes first; what overlaps with it vanishes with it.
        found.sort_by_key(|(place, _)| (place.start, usize::MAX - place.end));
        let mut shown_text = String::with_capacity(text.len());
        let mut end = 0;
        for (place, shown) in found {
            if place.start >= end {
                shown_text += text.get(end..place.start).unwrap_or_default();
                shown_text += shown;
            }
            end = end.max(place.end);
        }
        shown_text += text.get(end..).unwrap_or_default();
        Cow::Owned(shown_text)
    }

    fn add(&mut self, text: String, shown: String) {
        if self.exact.contains_key(&text) {
            return;
        }
        if text.len() >= INNER_BYTES_MIN {
            self.add_inner(&text, &shown);
        }
        self.exact.insert(text, shown);
    }

    fn add_inner(&mut self, text: &str, shown: &str) {
        // `true` tells nothing where it stands inside of something else.
        if matches!(text, "true" | "false" | "null") {
            return;
        }
        if self.inner_values == INNER_VALUES_MAX {
            let bytes = self.left_out_bytes_min.unwrap_or(usize::MAX);
            self.left_out_bytes_min = Some(bytes.min(text.len()));
            return;
        }
        self.inner_values += 1;
        let json = Value::Text(text.to_owned()).to_string();
        let in_json = json.get(1..json.len().saturating_sub(1));
        for spelling in [&escaped(text), in_json.unwrap_or_default()] {
            if spelling != text && !spelling.is_empty() {
                self.inner.push((spelling.to_owned(), shown.to_owned()));
            }
        }
        self.inner.push((text.to_owned(), shown.to_owned()));
    }

    fn add_answer(&mut self, source: Source, pointer: &str, answer: Answer, redaction: &Redaction) {
        match answer {
            Answer::Value(value) => {
                let (text, is_json) = plain(value);
                // What the request holds has been collected from the request.
                if is_json && source != Source::Request {
                    self.add_json(pointer, &text, redaction);
                }
                if let Shown::Instead(shown) = redaction.show(pointer, &text, is_json) {
                    self.add(text, shown);
                }
            }
            Answer::Keys(names) => {
                for name in names {
                    if let Shown::Instead(shown) = redaction.show(pointer, &name, false) {
                        self.add(name, shown);
                    }
                }
            }
            _ => {}
        }
    }

    /// Adds what is hidden within a list or an object that was answered.
    fn add_json(&mut self, pointer: &str, text: &str, redaction: &Redaction) {
        if let Ok(document) = Document::parse(text.as_bytes(), &JsonBounds::DOCUMENT) {
            self.add_covered(pointer, document.root(), redaction);
        }
    }

    /// Adds what the rules cover of an item that stands at a pointer, then what is named like a secret.
    fn add_covered(&mut self, pointer: &str, item: Item<'_>, redaction: &Redaction) {
        for rule in redaction.rules() {
            let attribute = rule.attribute.as_str();
            let covered = if is_within(pointer, attribute) {
                Some(item)
            } else if is_within(attribute, pointer) {
                find(item, attribute.get(pointer.len()..).unwrap_or_default())
            } else {
                None
            };
            if let Some(covered) = covered {
                self.add_below(covered, rule.show, redaction);
            }
        }
        if names_secret(pointer) {
            self.add_below(item, Redact::Mask, redaction);
        } else {
            self.add_secrets(item, redaction);
        }
    }

    fn add_secrets(&mut self, item: Item<'_>, redaction: &Redaction) {
        for (name, below) in item.members().into_iter().flatten() {
            if names_secret(name) {
                self.add_below(below, Redact::Mask, redaction);
            } else {
                self.add_secrets(below, redaction);
            }
        }
        for below in item.items().into_iter().flatten() {
            self.add_secrets(below, redaction);
        }
    }

    /// Adds every scalar and every name at and below an item.
    fn add_below(&mut self, item: Item<'_>, show: Redact, redaction: &Redaction) {
        match item.kind() {
            Kind::Object => {
                for (name, below) in item.members().into_iter().flatten() {
                    self.add(name.to_owned(), redaction.instead(show, name));
                    self.add_below(below, show, redaction);
                }
            }
            Kind::List => {
                for below in item.items().into_iter().flatten() {
                    self.add_below(below, show, redaction);
                }
            }
            _ => {
                let text = item.as_text().map_or_else(|| item.to_json(), str::to_owned);
                let shown = redaction.instead(show, &text);
                self.add(text, shown);
            }
        }
    }
}

fn find<'a>(item: Item<'a>, pointer: &str) -> Option<Item<'a>> {
    pointer
        .split('/')
        .skip(1)
        .try_fold(item, |item, token| match item.kind() {
            Kind::Object => item.member(&unescaped(token)),
            _ => item.index(token.parse().ok()?),
        })
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The text that rules see of a value, and whether it is that of a list or an object.
pub(super) fn plain(value: Value) -> (String, bool) {
    match value {
        Value::Text(text) => (text, false),
        Value::Json(text) => (text, true),
        other => (other.to_string(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hiding(values: &[&str]) -> Hidden {
        let mut hidden = Hidden::default();
        for value in values {
            hidden.add((*value).to_owned(), MASK.to_owned());
        }
        hidden
    }

    #[test]
    fn pointers_are_hidden_token_by_token() {
        let hidden = hiding(&["Alice Smith", "a`b", "x/y~", "no"]);
        assert_eq!(
            hidden.pointer("/users/Alice Smith/roles"),
            "/users/***/roles"
        );
        assert_eq!(hidden.pointer("/users/a`b/roles"), "/users/***/roles");
        assert_eq!(hidden.pointer("/x~1y~0/~1"), "/***/~1");
        assert_eq!(hidden.pointer("/user:Alice Smith"), "/user:***");
        assert_eq!(hidden.pointer("/no/node"), "/***/node");
        assert_eq!(hidden.pointer(""), "");
    }

    #[test]
    fn texts_lose_what_they_contain_in_every_spelling() {
        let hidden = hiding(&["ali\"ce", "abcd", "cdef", "true"]);
        assert_eq!(hidden.free(r#"{"id":"ali\"ce"}"#), r#"{"id":"***"}"#);
        assert_eq!(hidden.free("-abcdef-"), "-***-");
        assert_eq!(hidden.free("untrue"), "untrue");
        assert_eq!(hidden.label("true"), "***");
    }

    #[test]
    fn a_cut_message_is_replaced_by_its_code() {
        let cut = "the pointer `/users/Alice Sm…` is wrong";
        assert_eq!(
            hiding(&["Alice Smith"]).message(cut, "malformed"),
            "malformed"
        );
        assert_eq!(hiding(&[]).message(cut, "malformed"), cut);
    }

    #[test]
    fn beyond_the_values_that_are_looked_for_texts_are_masked_whole() {
        let values: Vec<String> = (0..=INNER_VALUES_MAX)
            .map(|n| format!("id-{n:03}"))
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let hidden = hiding(&values);
        assert_eq!(hidden.free("it was id-064"), "***");
        assert_eq!(hidden.free("short"), "short");
        assert_eq!(hidden.label("id-064"), "***");
        assert_eq!(hidden.label("said-id-000"), "said-***");
        let (_, fewer) = values.split_last().unwrap();
        assert_eq!(hiding(fewer).free("it was id-063"), "it was ***");
    }
    #[test]
    fn names_and_what_stands_deep_are_collected() {
        let rules = serde_json::from_str(r#"[{"attribute":"/vault/0","show":"mask"}]"#).unwrap();
        let redaction = Redaction::new(rules, [7; 32]);
        let mut hidden = Hidden::default();
        hidden.add_answer(
            Source::Data,
            "/vault",
            Answer::Value(Value::Json(r#"[{"erin":"frank"},{"grace":1}]"#.to_owned())),
            &redaction,
        );
        let keys = Answer::Keys(vec!["heidi".to_owned()]);
        hidden.add_answer(Source::Data, "/vault/0/x", keys, &redaction);
        let json = r#"{"a":1,"b":[{"my_token":[{"carol":"dave"}]}]}"#;
        hidden.add_json("/list", json, &redaction);
        for name in ["erin", "frank", "heidi", "carol", "dave"] {
            assert_eq!(hidden.label(name), "***", "{name}");
        }
        for name in ["grace", "a", "b", "my_token"] {
            assert_eq!(hidden.label(name), name);
        }
    }
}
