//! The fields of an object that a person wrote: each is asked for by name, and a refusal names its pointer.

use std::path::Path;

use lictor::{Document, Item, JsonBounds, Kind};

use super::{CaseError, Problem};

/// Where something stands: a file, and a case of it where its name is known already.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub file: &'a Path,
    pub case: Option<&'a str>,
}

/// An object of a case file.
pub struct Fields<'a> {
    origin: Origin<'a>,
    pointer: String,
    item: Item<'a>,
}

impl<'a> Fields<'a> {
    /// The object itself, once it is one and has no fields but these.
    pub fn of(
        origin: Origin<'a>,
        pointer: String,
        item: Item<'a>,
        known: &[&str],
    ) -> Result<Self, CaseError> {
        let fields = Self {
            origin,
            pointer,
            item,
        };
        let Some(mut keys) = item.keys() else {
            return Err(fields.refuse("", kind("an object", item)));
        };
        match keys.find(|key| !known.contains(key)) {
            Some(unknown) => Err(fields.refuse(unknown, Problem::Unknown(listed(known)))),
            None => Ok(fields),
        }
    }

    /// The same fields under the name of their case.
    pub fn named(self, case: &'a str) -> Self {
        let origin = Origin {
            case: Some(case),
            ..self.origin
        };
        Self { origin, ..self }
    }

    /// The error of a field, or of the object itself where the name is empty.
    pub fn refuse(&self, name: &str, problem: Problem) -> CaseError {
        CaseError::of_field(
            self.origin.file,
            self.origin.case,
            self.pointer_to(name),
            problem,
        )
    }

    fn pointer_to(&self, name: &str) -> String {
        match name {
            "" => self.pointer.clone(),
            name => format!(
                "{}/{}",
                self.pointer,
                name.replace('~', "~0").replace('/', "~1")
            ),
        }
    }

    /// A field that may be missing.
    pub fn optional(&self, name: &str) -> Option<Item<'a>> {
        self.item.member(name)
    }

    /// A field that must be there.
    pub fn required(&self, name: &str) -> Result<Item<'a>, CaseError> {
        self.optional(name)
            .ok_or_else(|| self.refuse(name, Problem::Missing))
    }

    /// A field that must be there and be a text that isn't empty.
    pub fn text(&self, name: &str) -> Result<&'a str, CaseError> {
        let item = self.required(name)?;
        item.as_text()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.refuse(name, kind("a non-empty text", item)))
    }

    /// A field that may be missing and else is a list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, CaseError> {
        let Some(item) = self.optional(name) else {
            return Ok(None);
        };
        let refuse = || self.refuse(name, kind("a list of texts", item));
        let texts = item.items().ok_or_else(refuse)?;
        texts
            .map(|item| item.as_text().map(str::to_owned).ok_or_else(refuse))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The object that a field is, with no fields but these.
    pub fn object(&self, name: &str, known: &[&str]) -> Result<Option<Self>, CaseError> {
        self.optional(name)
            .map(|item| Self::of(self.origin, self.pointer_to(name), item, known))
            .transpose()
    }

    /// The members of an object that a field is, whatever their names; none where it is missing.
    pub fn members(&self, name: &str) -> Result<Vec<(&'a str, Item<'a>)>, CaseError> {
        let Some(item) = self.optional(name) else {
            return Ok(Vec::new());
        };
        let members = item
            .members()
            .ok_or_else(|| self.refuse(name, kind("an object", item)))?;
        Ok(members.collect())
    }
}

/// A value as a document of its own.
pub fn document(item: Item<'_>) -> Result<Document, Problem> {
    Document::parse(item.to_json().as_bytes(), &JsonBounds::DOCUMENT)
        .map_err(|error| Problem::Refused(error.to_string()))
}

/// A field of the wrong kind.
pub fn kind(expected: &'static str, item: Item<'_>) -> Problem {
    let article = match item.kind() {
        Kind::Null => "",
        Kind::Integer | Kind::Object => "an ",
        Kind::Boolean | Kind::Decimal | Kind::Text | Kind::List => "a ",
    };
    let empty = item.as_text() == Some("");
    let found = if empty {
        "an empty text".to_owned()
    } else {
        format!("{article}{}", item.kind())
    };
    Problem::Kind { expected, found }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
