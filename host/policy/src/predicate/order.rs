//! Equality and order of two values. Must never call two values of different kinds equal, unequal or ordered.

use std::cmp::Ordering;
use std::io::Write as _;

use super::{Problem, TestError};
use crate::document::Shape;
use crate::number::compare_texts;
use crate::{Item, Kind};

/// Whether two values are equal.
///
/// # Errors
/// The value is of another kind than the operand. All numbers are of one kind.
pub(super) fn equal(value: Item<'_>, operand: Item<'_>) -> Result<bool, TestError> {
    if alike(value.kind(), operand.kind()) {
        Ok(value == operand)
    } else {
        Err(other_kind(value))
    }
}

/// How a number stands to a number, or a text to a text.
///
/// # Errors
/// The operand is neither, or the value isn't what the operand is.
pub(super) fn order(value: Item<'_>, operand: Item<'_>) -> Result<Ordering, TestError> {
    Ok(match (value.shape(), operand.shape()) {
        (Shape::Integer(value), Shape::Integer(operand)) => value.cmp(&operand),
        (Shape::Integer(value), Shape::Decimal(operand)) => {
            compare_texts(Digits::of(value).as_bytes(), operand.as_bytes())
        }
        (Shape::Decimal(value), Shape::Integer(operand)) => {
            compare_texts(value.as_bytes(), Digits::of(operand).as_bytes())
        }
        (Shape::Decimal(value), Shape::Decimal(operand)) => {
            compare_texts(value.as_bytes(), operand.as_bytes())
        }
        // The order of UTF-8's bytes is that of the code points.
        (Shape::Text(value), Shape::Text(operand)) => value.cmp(operand),
        (_, Shape::Integer(_) | Shape::Decimal(_) | Shape::Text(_)) => {
            return Err(other_kind(value));
        }
        _ => return Err(TestError::Operand(Problem::OtherKind(operand.kind()))),
    })
}

/// Whether two kinds can hold equal values, or values of one order.
pub(super) fn alike(left: Kind, right: Kind) -> bool {
    let is_number = |kind| matches!(kind, Kind::Integer | Kind::Decimal);
    left == right || (is_number(left) && is_number(right))
}

pub(super) fn other_kind(value: Item<'_>) -> TestError {
    TestError::Value(Problem::OtherKind(value.kind()))
}

/// The text of an integer, which no allocation is made for: the longest has a sign and 19 digits.
struct Digits {
    ascii: [u8; 20],
    count: usize,
}

impl Digits {
    fn of(integer: i64) -> Self {
        let mut ascii = [0; 20];
        let mut rest = ascii.as_mut_slice();
        write!(rest, "{integer}").expect("an integer of 64 bits has at most 20 characters");
        let count = 20 - rest.len();
        Self { ascii, count }
    }

    fn as_bytes(&self) -> &[u8] {
        self.ascii.get(..self.count).unwrap_or_default()
    }
}
