//! What stands at a pointer is not what the rule asked for. Must keep absent, null and another kind apart.

use std::fmt;

use crate::kind::Kind;
use crate::pointer::Pointer;
use crate::relation::Problem;
use crate::value::Value;

/// What stands where something else was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    /// Nothing.
    Absent,
    /// JSON `null`.
    Null,
    /// A value of another kind.
    Other(Kind),
    /// A value of the right kind that isn't what it must be: no address, no pattern.
    Malformed,
    /// More than the host looks at in one test.
    TooLarge,
}

impl From<Problem> for Found {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Absent => Self::Absent,
            Problem::OtherKind(kind) => Some(kind).into(),
            Problem::Malformed => Self::Malformed,
        }
    }
}

impl From<Option<Kind>> for Found {
    fn from(kind: Option<Kind>) -> Self {
        match kind {
            None => Self::Absent,
            Some(Kind::Null) => Self::Null,
            Some(kind) => Self::Other(kind),
        }
    }
}

/// The place of what a rule itself compares values with.
pub(crate) const RULE: &str = "rule";

/// What stands at a pointer is not what the rule asked for.
///
/// Passed on by `?` it becomes a [`Fault`](crate::Fault) of the policy, or in
/// [`Policy::from_parameters`](crate::Policy::from_parameters) the reason why the binding is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    place: &'static str,
    pointer: String,
    wanted: &'static str,
    found: Found,
    /// Whether it isn't what was asked for itself but an item of it, or what it was compared with.
    elsewhere: bool,
}

impl Mismatch {
    #[cold]
    pub(crate) fn new(
        place: &'static str,
        pointer: &str,
        wanted: &'static str,
        found: Option<Kind>,
    ) -> Self {
        Self {
            place,
            pointer: pointer.to_owned(),
            wanted,
            found: found.into(),
            elsewhere: false,
        }
    }

    #[cold]
    pub(crate) fn of_value(
        place: &'static str,
        pointer: &str,
        wanted: &'static str,
        value: Option<Value>,
    ) -> Self {
        Self::new(place, pointer, wanted, value.map(|value| value.kind()))
    }

    /// The mismatch of an item of the list that was asked for.
    #[cold]
    pub(crate) fn of_item(
        place: &'static str,
        list: &str,
        item: usize,
        wanted: &'static str,
        found: Kind,
    ) -> Self {
        let pointer = Pointer::from(list).push(item);
        Self {
            elsewhere: true,
            ..Self::new(place, &pointer, wanted, Some(found))
        }
    }

    /// The mismatch of a value that can't be tested.
    #[cold]
    pub(crate) fn of_tested(
        place: &'static str,
        pointer: &str,
        wanted: &'static str,
        found: Found,
    ) -> Self {
        Self {
            found,
            ..Self::new(place, pointer, wanted, None)
        }
    }

    /// The mismatch of what a value was to be compared with, which is no reason to take the value for absent.
    #[cold]
    pub(crate) fn of_operand(
        place: &'static str,
        pointer: &str,
        wanted: &'static str,
        found: Found,
    ) -> Self {
        Self {
            elsewhere: true,
            ..Self::of_tested(place, pointer, wanted, found)
        }
    }

    /// The mismatch of a test that would look at too much.
    #[cold]
    pub(crate) fn of_too_large(place: &'static str, pointer: &str) -> Self {
        Self::of_tested(place, pointer, "small enough to be tested", Found::TooLarge)
    }

    /// Whether nothing stands at the pointer that was asked for itself.
    fn is_absent(&self) -> bool {
        self.found == Found::Absent && !self.elsewhere
    }

    /// Whether null stands at the pointer that was asked for itself: a null inside a list makes no list absent.
    fn is_null(&self) -> bool {
        self.found == Found::Null && !self.elsewhere
    }

    /// Where it was asked: `request`, `data` or `parameters`; `rule` for what a rule itself compares values with.
    pub fn place(&self) -> &'static str {
        self.place
    }

    /// The pointer that leads to it; empty for what a rule itself compares values with.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What stands there.
    pub fn found(&self) -> Found {
        self.found
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = match self.found {
            Found::Absent => "absent",
            Found::Null => "null",
            Found::Other(kind) => kind.as_str(),
            Found::Malformed => "malformed",
            Found::TooLarge => "too large",
        };
        if self.place == RULE {
            for part in [
                "what the rule compares with must be ",
                self.wanted,
                " and is ",
                found,
            ] {
                f.write_str(part)?;
            }
            return Ok(());
        }
        for part in [
            "`",
            &self.pointer,
            "` of the ",
            self.place,
            " must be ",
            self.wanted,
            " and is ",
            found,
        ] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mismatch {}

/// What to make of a value that isn't there. In scope by `use lictor_sdk::Presence`.
pub trait Presence<T> {
    /// Absent becomes `None`; null and other kinds stay errors.
    fn optional(self) -> Result<Option<T>, Mismatch>;

    /// Absent and null become `None`; other kinds stay errors.
    fn nullable(self) -> Result<Option<T>, Mismatch>;
}

impl<T> Presence<T> for Result<T, Mismatch> {
    fn optional(self) -> Result<Option<T>, Mismatch> {
        match self {
            Err(mismatch) if mismatch.is_absent() => Ok(None),
            other => other.map(Some),
        }
    }

    fn nullable(self) -> Result<Option<T>, Mismatch> {
        match self {
            Err(mismatch) if mismatch.is_absent() || mismatch.is_null() => Ok(None),
            other => other.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fake;

    fn refused<T: fmt::Debug>(answer: Result<T, Mismatch>) -> String {
        answer.unwrap_err().to_string()
    }

    #[test]
    fn absent_null_and_another_kind_are_told_apart() {
        let ask = Fake::new()
            .data("d", r#"{"null": null, "list": [], "one": 1}"#)
            .ask();
        let found = |name: &str| {
            ask.data
                .text(&crate::pointer!("/d", name))
                .map_err(|mismatch| mismatch.found())
        };
        assert_eq!(found("other"), Err(Found::Absent));
        assert_eq!(found("null"), Err(Found::Null));
        assert_eq!(found("list"), Err(Found::Other(Kind::List)));
        assert_eq!(
            refused(ask.data.text("/d/other")),
            "`/d/other` of the data must be a text and is absent"
        );
        assert_eq!(
            refused(ask.data.boolean("/d/null")),
            "`/d/null` of the data must be a boolean and is null"
        );
        assert_eq!(
            refused(ask.data.decimal("/d/list")),
            "`/d/list` of the data must be a number and is a list"
        );
        assert_eq!(
            refused(ask.data.texts("/d/one")),
            "`/d/one` of the data must be a list of texts and is an integer"
        );
        assert_eq!(
            refused(ask.request.text("/x")),
            "`/x` of the request must be a text and is absent"
        );
    }

    #[test]
    fn a_null_inside_a_list_is_no_null_list() {
        let ask = Fake::new()
            .data("d", r#"{"list": ["a", null], "null": null}"#)
            .ask();
        assert_eq!(ask.data.texts("/d/null").nullable(), Ok(None));
        let inside = ask.data.texts("/d/list").nullable().unwrap_err();
        assert_eq!(
            (inside.pointer(), inside.found()),
            ("/d/list/1", Found::Null)
        );
    }
}
