//! What values are compared with. Must never become a value that the rule did not name.

use std::borrow::Cow;

use crate::decimal::Decimal;
use crate::json::write_text;

/// What a value is compared with in a test: something that the rule gives, made by `into` from what Rust has for it, or what
/// stands at a pointer.
///
/// A text, a boolean, an integer, a [`Decimal`], and a list of texts are given. A pair of moments, in milliseconds since 1970
/// or as texts of RFC 3339, is a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand<'a> {
    pub(crate) inner: Inner<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inner<'a> {
    Given(Given<'a>),
    Request(Cow<'a, str>),
    Data(Cow<'a, str>),
    Parameters(Cow<'a, str>),
}

/// A value that a rule gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<'a> {
    Boolean(bool),
    Integer(i64),
    Decimal(Cow<'a, str>),
    Text(Cow<'a, str>),
    Json(Cow<'a, str>),
}

impl<'a> Operand<'a> {
    /// What stands at a pointer of the request.
    pub fn request(pointer: &'a str) -> Self {
        Self {
            inner: Inner::Request(Cow::Borrowed(pointer)),
        }
    }

    /// What stands at a pointer of the tenant's documents, whose first token names the document.
    pub fn data(pointer: &'a str) -> Self {
        Self {
            inner: Inner::Data(Cow::Borrowed(pointer)),
        }
    }

    /// What stands at a pointer of the parameters.
    pub fn parameters(pointer: &'a str) -> Self {
        Self {
            inner: Inner::Parameters(Cow::Borrowed(pointer)),
        }
    }

    /// A value as JSON text, for what has no type here.
    pub fn json(text: impl Into<Cow<'a, str>>) -> Self {
        given(Given::Json(text.into()))
    }

    /// The value that the rule gives.
    pub(crate) fn given(&self) -> Option<&Given<'a>> {
        match &self.inner {
            Inner::Given(given) => Some(given),
            _ => None,
        }
    }
}

fn given(given: Given<'_>) -> Operand<'_> {
    Operand {
        inner: Inner::Given(given),
    }
}

impl From<bool> for Operand<'_> {
    fn from(boolean: bool) -> Self {
        given(Given::Boolean(boolean))
    }
}

impl From<i64> for Operand<'_> {
    fn from(integer: i64) -> Self {
        given(Given::Integer(integer))
    }
}

impl From<i32> for Operand<'_> {
    fn from(integer: i32) -> Self {
        i64::from(integer).into()
    }
}

impl From<u32> for Operand<'_> {
    fn from(integer: u32) -> Self {
        i64::from(integer).into()
    }
}

impl<'a> From<&'a Decimal> for Operand<'a> {
    fn from(decimal: &'a Decimal) -> Self {
        given(Given::Decimal(Cow::Borrowed(decimal.as_str())))
    }
}

impl From<Decimal> for Operand<'_> {
    fn from(decimal: Decimal) -> Self {
        given(Given::Decimal(Cow::Owned(decimal.to_string())))
    }
}

impl<'a> From<&'a str> for Operand<'a> {
    fn from(text: &'a str) -> Self {
        given(Given::Text(Cow::Borrowed(text)))
    }
}

impl<'a> From<&'a String> for Operand<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Operand<'_> {
    fn from(text: String) -> Self {
        given(Given::Text(Cow::Owned(text)))
    }
}

impl<T: AsRef<str>> From<&[T]> for Operand<'_> {
    fn from(texts: &[T]) -> Self {
        Self::json(list(texts, |text, json| write_text(text.as_ref(), json)))
    }
}

impl<T: AsRef<str>> From<&Vec<T>> for Operand<'_> {
    fn from(texts: &Vec<T>) -> Self {
        texts.as_slice().into()
    }
}

impl<T: AsRef<str>, const N: usize> From<[T; N]> for Operand<'_> {
    fn from(texts: [T; N]) -> Self {
        texts.as_slice().into()
    }
}

impl<T: AsRef<str>, const N: usize> From<&[T; N]> for Operand<'_> {
    fn from(texts: &[T; N]) -> Self {
        texts.as_slice().into()
    }
}

/// A window: its beginning, and its end, which is outside of it.
impl From<(i64, i64)> for Operand<'_> {
    fn from((from, until): (i64, i64)) -> Self {
        (Some(from), Some(until)).into()
    }
}

/// A window that may have no beginning or no end.
impl From<(Option<i64>, Option<i64>)> for Operand<'_> {
    fn from((from, until): (Option<i64>, Option<i64>)) -> Self {
        Self::json(list(&[from, until], |end, json| match end {
            Some(unix_ms) => json.push_str(&unix_ms.to_string()),
            None => json.push_str("null"),
        }))
    }
}

/// A window between two dates and times of RFC 3339.
impl From<(&str, &str)> for Operand<'_> {
    fn from((from, until): (&str, &str)) -> Self {
        [from, until].into()
    }
}

fn list<T>(items: &[T], write: impl Fn(&T, &mut String)) -> String {
    let mut json = String::from("[");
    for item in items {
        if json.len() > 1 {
            json.push(',');
        }
        write(item, &mut json);
    }
    json.push(']');
    json
}
