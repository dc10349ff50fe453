//! JSON numbers of any size, exactly, in one spelling per value. Must never round and never expand an exponent.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// How many digits a number may have, counted from its first one that is not 0.
///
/// No money, measure or identifier comes near it, and it keeps comparing two numbers cheap.
pub const NUMBER_DIGITS_MAX: usize = 1_024;

/// The largest magnitude of the exponent in a number's canonical text.
pub const NUMBER_EXPONENT_MAX: i64 = 999_999_999;

/// A JSON number in canonical form, so that equal numbers are equal values of this type.
///
/// `1`, `1.0`, `1e2` and `-0` are integers. The text of a decimal is laid out as ECMAScript's `Number::toString` lays out
/// its digits, but with all digits that were given: `0.1`, `12345678901234567890.5`, `1.5e-7`, `1e+30`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// A number that is integral and fits 64 bits.
    Integer(i64),
    /// Any other number in canonical text.
    Decimal(String),
}

/// Why a text is refused as a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It does not follow the grammar of JSON (RFC 8259, section 6).
    #[error("the text is no JSON number")]
    Malformed,
    /// It has more than [`NUMBER_DIGITS_MAX`] digits.
    #[error("the number has {digits} digits; at most {NUMBER_DIGITS_MAX} are accepted")]
    TooManyDigits {
        /// How many digits it has from the first one that is not 0.
        digits: usize,
    },
    /// Its canonical exponent goes beyond [`NUMBER_EXPONENT_MAX`].
    #[error("the number has an exponent beyond {NUMBER_EXPONENT_MAX}")]
    ExponentTooLarge,
}

impl Number {
    /// Reads a JSON number text of any spelling.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::parse_bytes(text.as_bytes())
    }

    pub(crate) fn parse_bytes(text: &[u8]) -> Result<Self, NumberError> {
        if let Some(integer) = short_integer(text) {
            return Ok(Self::Integer(integer));
        }
        let spelling = Spelling::split(text).ok_or(NumberError::Malformed)?;
        let digits = spelling.digits()?;
        match spelling.point(digits.leading_zeros) {
            _ if digits.ascii.is_empty() => Ok(Self::Integer(0)),
            point if (point - 1).abs() > NUMBER_EXPONENT_MAX => Err(NumberError::ExponentTooLarge),
            point => Ok(match integral(spelling.negative, &digits.ascii, point) {
                Some(integer) => Self::Integer(integer),
                None => Self::Decimal(lay_out(spelling.negative, &digits.ascii, point)),
            }),
        }
    }

    /// Compares two numbers by their exact values.
    pub fn cmp_exact(&self, other: &Self) -> Ordering {
        if let (Self::Integer(left), Self::Integer(right)) = (self, other) {
            return left.cmp(right);
        }
        let (left_text, right_text) = (self.to_string(), other.to_string());
        compare_texts(left_text.as_bytes(), right_text.as_bytes())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_exact(other)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Decimal(text) => f.write_str(text),
        }
    }
}

// --- Reading -------------------------------------------------------------------------------------------------------

/// The way that nearly all numbers are written: at most 18 digits and nothing else.
fn short_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    let plain = (1..=18).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && (digits.len() == 1 || digits.first() != Some(&b'0'));
    let magnitude = || {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + i64::from(digit & 0x0f))
    };
    plain.then(|| if negative { -magnitude() } else { magnitude() })
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// Splits off the leading digits.
fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// A number text in its grammatical parts.
struct Spelling<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Spelling<'a> {
    fn split(text: &'a [u8]) -> Option<Self> {
        let (negative, rest) = split_sign(text);
        let (whole, rest) = split_digits(rest);
        if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
            return None;
        }
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => Some(split_digits(rest)).filter(|(digits, _)| !digits.is_empty())?,
            None => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', exponent)) => read_exponent(exponent)?,
            Some(_) => return None,
        };
        Some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    fn digits(&self) -> Result<Digits, NumberError> {
        let written = || self.whole.iter().chain(self.fraction);
        let leading_zeros = written().take_while(|digit| **digit == b'0').count();
        let count = self.whole.len() + self.fraction.len() - leading_zeros;
        if count > NUMBER_DIGITS_MAX {
            return Err(NumberError::TooManyDigits { digits: count });
        }
        let mut ascii: Vec<u8> = written().skip(leading_zeros).copied().collect();
        while ascii.last() == Some(&b'0') {
            ascii.pop();
        }
        Ok(Digits {
            ascii,
            leading_zeros,
        })
    }

    /// Where the decimal point stands, counted from the first digit that is not 0.
    fn point(&self, leading_zeros: usize) -> i64 {
        let from_whole = i64::try_from(self.whole.len()).unwrap_or(i64::MAX / 4);
        let zeros = i64::try_from(leading_zeros).unwrap_or(i64::MAX / 4);
        from_whole - zeros + self.exponent
    }
}

/// The digits that count: without zeros at either end.
struct Digits {
    ascii: Vec<u8>,
    leading_zeros: usize,
}

/// An exponent beyond all bounds stays beyond them instead of overflowing.
fn read_exponent(text: &[u8]) -> Option<i64> {
    const BEYOND: i64 = i64::MAX / 4;
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0_i64, |sum, digit| {
        (sum.saturating_mul(10)
            .saturating_add(i64::from(digit & 0x0f)))
        .min(BEYOND)
    });
    Some(if negative { -magnitude } else { magnitude })
}

/// The value of the digits where it is integral and fits 64 bits.
fn integral(negative: bool, digits: &[u8], point: i64) -> Option<i64> {
    let zeros = usize::try_from(point).ok()?.checked_sub(digits.len())?;
    if digits.len() + zeros > 19 {
        return None;
    }
    let magnitude = digits
        .iter()
        .chain(std::iter::repeat_n(&b'0', zeros))
        .fold(0_i128, |sum, digit| sum * 10 + i128::from(digit & 0x0f));
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

// --- Writing -------------------------------------------------------------------------------------------------------

/// ECMAScript's `Number::toString` (ECMA-262, section 6.1.6.1.20), from step 6 on.
fn lay_out(negative: bool, digits: &[u8], point: i64) -> String {
    let digits: String = digits.iter().copied().map(char::from).collect();
    let sign = if negative { "-" } else { "" };
    match usize::try_from(point) {
        Ok(point) if (digits.len()..=21).contains(&point) => {
            format!("{sign}{digits}{:0<1$}", "", point - digits.len())
        }
        Ok(point) if (1..=21).contains(&point) => {
            let (whole, fraction) = digits.split_at(point);
            format!("{sign}{whole}.{fraction}")
        }
        _ if (-5..=0).contains(&point) => {
            let zeros = usize::try_from(-point).unwrap_or_default();
            format!("{sign}0.{:0<zeros$}{digits}", "")
        }
        _ => {
            let (first, others) = digits.split_at(1);
            let dot = if others.is_empty() { "" } else { "." };
            format!("{sign}{first}{dot}{others}e{:+}", point - 1)
        }
    }
}

// --- Comparing -----------------------------------------------------------------------------------------------------

/// Compares two number texts by their exact values.
pub(crate) fn compare_texts(left: &[u8], right: &[u8]) -> Ordering {
    Magnitude::compare(left, right)
}

/// A number's size without its sign: where its first digit stands, then its digits.
struct Magnitude<'a> {
    point: i64,
    written: &'a [u8],
}

impl<'a> Magnitude<'a> {
    fn compare(left: &'a [u8], right: &'a [u8]) -> Ordering {
        let (left_sign, left) = Self::read(left);
        let (right_sign, right) = Self::read(right);
        match left_sign.cmp(&right_sign) {
            Ordering::Equal if left_sign < 0 => right.cmp_size(&left),
            Ordering::Equal => left.cmp_size(&right),
            unequal => unequal,
        }
    }

    /// The sign (-1, 0 or 1) and the size of a number text.
    fn read(text: &'a [u8]) -> (i8, Self) {
        let (negative, text) = split_sign(text);
        let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => {
                let (mantissa, exponent) = text.split_at(at);
                (
                    mantissa,
                    exponent.get(1..).and_then(read_exponent).unwrap_or(0),
                )
            }
            None => (text, 0),
        };
        let whole = split_digits(mantissa).0.len();
        let zeros = mantissa
            .iter()
            .filter(|byte| byte.is_ascii_digit())
            .take_while(|byte| **byte == b'0')
            .count();
        let some_digit = mantissa.iter().any(|byte| matches!(byte, b'1'..=b'9'));
        let sign = i8::from(some_digit) * if negative { -1 } else { 1 };
        let point = i64::try_from(whole).unwrap_or(i64::MAX / 4)
            - i64::try_from(zeros).unwrap_or(i64::MAX / 4);
        (
            sign,
            Self {
                point: point + exponent,
                written: mantissa,
            },
        )
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        let digits = self.written.iter().copied().filter(u8::is_ascii_digit);
        digits.skip_while(|digit| *digit == b'0')
    }

    fn cmp_size(&self, other: &Self) -> Ordering {
        self.point.cmp(&other.point).then_with(|| {
            let (mut left, mut right) = (self.digits(), other.digits());
            loop {
                match (left.next(), right.next()) {
                    (None, None) => return Ordering::Equal,
                    (left, right) => match left.unwrap_or(b'0').cmp(&right.unwrap_or(b'0')) {
                        Ordering::Equal => {}
                        unequal => return unequal,
                    },
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
