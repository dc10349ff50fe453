//! One value inside a document: a cursor into its buffer. Must never copy what it stands on unless asked for a value.

use std::fmt;

use super::layout::{Span, View, as_str, view};
use super::{Items, Keys, Members};
use crate::json::{Bounded, write_item};
use crate::{Kind, Number, TooLarge, Value};

/// One value inside a [`Document`](crate::Document). It is a cursor: copying it is cheap.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    bytes: &'a [u8],
}

/// A value with its parts.
pub(crate) enum Shape<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(&'a str),
    Text(&'a str),
    List(Items<'a>),
    Object(Members<'a>),
}

impl<'a> Item<'a> {
    /// The value at the front of encoded bytes.
    #[inline]
    pub(super) fn at(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn shape(self) -> Shape<'a> {
        match view(self.bytes).0 {
            View::Null => Shape::Null,
            View::Boolean(boolean) => Shape::Boolean(boolean),
            View::Integer(integer) => Shape::Integer(integer),
            View::Decimal(text) => Shape::Decimal(as_str(text)),
            View::Text(text) => Shape::Text(as_str(text)),
            View::List(span) => Shape::List(Items::over(span)),
            View::Object(span) => Shape::Object(Members::over(span)),
        }
    }

    pub(super) fn list(self) -> Option<Span<'a>> {
        match view(self.bytes).0 {
            View::List(span) => Some(span),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn object(self) -> Option<Span<'a>> {
        match view(self.bytes).0 {
            View::Object(span) => Some(span),
            _ => None,
        }
    }

    /// What sort of value it is.
    pub fn kind(self) -> Kind {
        match view(self.bytes).0 {
            View::Null => Kind::Null,
            View::Boolean(_) => Kind::Boolean,
            View::Integer(_) => Kind::Integer,
            View::Decimal(_) => Kind::Decimal,
            View::Text(_) => Kind::Text,
            View::List(_) => Kind::List,
            View::Object(_) => Kind::Object,
        }
    }

    /// The value as a policy gets it. Lists and objects become canonical JSON text; writing stops as soon as any text goes
    /// beyond `bytes_max`, however large the value is.
    pub fn value(self, bytes_max: usize) -> Result<Value, TooLarge> {
        let (view, rest) = view(self.bytes);
        // No encoded value is twice as long as its text: what can't fit is refused before it is looked at.
        if (self.bytes.len() - rest.len()) / 2 > bytes_max.max(8) {
            return Err(TooLarge { bytes_max });
        }
        Ok(match view {
            View::Null => Value::Null,
            View::Boolean(boolean) => Value::Boolean(boolean),
            View::Integer(integer) => Value::Integer(integer),
            View::Decimal(text) => Value::Decimal(fitting(text, bytes_max)?),
            View::Text(text) => Value::Text(fitting(text, bytes_max)?),
            View::List(_) | View::Object(_) => {
                let mut bounded = Bounded {
                    text: String::new(),
                    bytes_max,
                };
                write_item(self, &mut bounded).map_err(|_| TooLarge { bytes_max })?;
                Value::Json(bounded.text)
            }
        })
    }

    /// The bytes of the document that it takes.
    pub(super) fn encoded(self) -> &'a [u8] {
        self.bytes.get(..self.byte_len()).unwrap_or_default()
    }

    /// How many bytes of the document it takes.
    pub(crate) fn byte_len(self) -> usize {
        self.bytes.len() - view(self.bytes).1.len()
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        matches!(view(self.bytes).0, View::Null)
    }

    /// The boolean that it is.
    pub fn as_boolean(self) -> Option<bool> {
        match view(self.bytes).0 {
            View::Boolean(boolean) => Some(boolean),
            _ => None,
        }
    }

    /// The number that it is, where it is integral and fits 64 bits.
    pub fn as_integer(self) -> Option<i64> {
        match view(self.bytes).0 {
            View::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// The number that it is.
    pub fn as_number(self) -> Option<Number> {
        match view(self.bytes).0 {
            View::Integer(integer) => Some(Number::Integer(integer)),
            View::Decimal(text) => Some(Number::Decimal(as_str(text).to_owned())),
            _ => None,
        }
    }

    /// The text that it is.
    #[inline]
    pub fn as_text(self) -> Option<&'a str> {
        match view(self.bytes).0 {
            View::Text(text) => Some(as_str(text)),
            _ => None,
        }
    }

    /// The bytes of the text that it is, without another look at whether they are one.
    #[inline]
    pub(crate) fn as_text_bytes(self) -> Option<&'a [u8]> {
        match view(self.bytes).0 {
            View::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How many items the list has, or how many members the object.
    pub fn count(self) -> Option<u32> {
        match view(self.bytes).0 {
            View::List(span) | View::Object(span) => Some(span.count),
            _ => None,
        }
    }

    /// The names of the object's members, sorted by code point.
    pub fn keys(self) -> Option<Keys<'a>> {
        self.object().map(|span| Keys::over(Members::over(span)))
    }

    /// The object's members, sorted by code point.
    pub fn members(self) -> Option<Members<'a>> {
        self.object().map(Members::over)
    }

    /// The list's items.
    pub fn items(self) -> Option<Items<'a>> {
        self.list().map(Items::over)
    }

    /// Writes it as canonical JSON text, piece by piece.
    pub fn write_json(self, out: &mut impl fmt::Write) -> fmt::Result {
        write_item(self, out)
    }

    /// It as canonical JSON text.
    pub fn to_json(self) -> String {
        let mut text = String::new();
        write_item(self, &mut text).expect("a string accepts all text");
        text
    }

    /// The encoded bytes where it is no list and no object. Equal scalars have equal bytes, and different ones different.
    pub fn scalar_bytes(self) -> Option<&'a [u8]> {
        let (view, rest) = view(self.bytes);
        match view {
            View::List(_) | View::Object(_) => None,
            _ => self.bytes.get(..self.bytes.len() - rest.len()),
        }
    }
}

fn fitting(text: &[u8], bytes_max: usize) -> Result<String, TooLarge> {
    if text.len() <= bytes_max {
        Ok(as_str(text).to_owned())
    } else {
        Err(TooLarge { bytes_max })
    }
}

/// Two values are equal when their canonical JSON is.
impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.shape(), other.shape()) {
            (Shape::List(left), Shape::List(right)) => left.eq(right),
            (Shape::Object(left), Shape::Object(right)) => left.eq(right),
            _ => self.scalar_bytes().is_some() && self.scalar_bytes() == other.scalar_bytes(),
        }
    }
}

impl Eq for Item<'_> {}

/// A tenant's data stays out of logs.
impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({})", self.kind())
    }
}
