//! What the caller must also do. Must never become text that isn't a JSON object.

use crate::decimal::Decimal;
use crate::json::write_text;
use crate::reason::{Annotations, find, set};

/// What the caller must also do when it acts on the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// Names with JSON texts.
    members: Annotations,
    /// The same as the text of a JSON object.
    pub(crate) properties: String,
    pub(crate) annotations: Annotations,
}

impl Obligation {
    /// An obligation that is told from the others of the decision by `id`, to do what `kind` says, for example `notify`.
    pub fn new(id: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind: kind.into(),
            members: Annotations::new(),
            properties: String::from("{}"),
            annotations: Annotations::new(),
        }
    }

    /// Adds a detail: a text, boolean, integer, decimal or list of texts. A name that is there already gets the new value.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>, value: impl Into<Property>) -> Self {
        set(&mut self.members, name.into(), value.into().json);
        self.properties = object(&self.members);
        self
    }

    /// Adds a fact. A name that is there already gets the new text.
    #[must_use]
    pub fn annotate(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        set(&mut self.annotations, name.into(), text.into());
        self
    }

    /// What tells it from the others of the decision.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is to be done.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The details as the text of a JSON object.
    pub fn properties(&self) -> &str {
        &self.properties
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        find(&self.annotations, name)
    }
}

fn object(members: &Annotations) -> String {
    let mut json = String::from("{");
    for (name, value) in members {
        if json.len() > 1 {
            json.push(',');
        }
        write_text(name, &mut json);
        json.push(':');
        json.push_str(value);
    }
    json.push('}');
    json
}

/// The value of an obligation's property; made by `into` from what Rust has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    json: String,
}

impl Property {
    /// The value as JSON text.
    pub fn as_json(&self) -> &str {
        &self.json
    }
}

impl From<&str> for Property {
    fn from(text: &str) -> Self {
        let mut json = String::with_capacity(text.len() + 2);
        write_text(text, &mut json);
        Self { json }
    }
}

impl From<String> for Property {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Property {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<bool> for Property {
    fn from(boolean: bool) -> Self {
        Self {
            json: String::from(if boolean { "true" } else { "false" }),
        }
    }
}

impl From<i64> for Property {
    fn from(integer: i64) -> Self {
        Self {
            json: integer.to_string(),
        }
    }
}

impl From<Decimal> for Property {
    fn from(decimal: Decimal) -> Self {
        Self {
            json: decimal.to_string(),
        }
    }
}

impl<T: AsRef<str>> From<&[T]> for Property {
    fn from(texts: &[T]) -> Self {
        let mut json = String::from("[");
        for text in texts {
            if json.len() > 1 {
                json.push(',');
            }
            write_text(text.as_ref(), &mut json);
        }
        json.push(']');
        Self { json }
    }
}

impl<T: AsRef<str>> From<Vec<T>> for Property {
    fn from(texts: Vec<T>) -> Self {
        Self::from(texts.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_a_json_object_whatever_they_hold() {
        let hostile = "\"},{\\\u{0}\n/é";
        let obligation = Obligation::new("notify", "notify")
            .property(hostile, hostile)
            .property("list", vec!["a", hostile])
            .property("empty", Vec::<String>::new())
            .property("urgent", true)
            .property("count", -3)
            .property("amount", "12.50".parse::<Decimal>().unwrap());
        let read: serde_json::Value = serde_json::from_str(obligation.properties()).unwrap();
        let wanted = serde_json::json!({
            hostile: hostile, "list": ["a", hostile], "empty": [], "urgent": true, "count": -3, "amount": 12.5
        });
        assert_eq!(read, wanted);
        assert_eq!(Obligation::new("a", "b").properties(), "{}");
    }

    #[test]
    fn a_name_stands_once() {
        let obligation = Obligation::new("a", "b")
            .property("x", "1")
            .property("y", "2")
            .property("x", "3");
        assert_eq!(obligation.properties(), r#"{"x":"3","y":"2"}"#);
        let obligation = obligation.annotate("n", "1").annotate("n", "2");
        assert_eq!(obligation.annotation("n"), Some("2"));
        assert_eq!(obligation.annotations.len(), 1);
    }
}
