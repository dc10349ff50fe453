//! A number text taken apart: how it is compared, and how it gets its one spelling. Must never expand an exponent.

use std::cmp::Ordering;

use super::Decimal;

/// Exponents beyond all bounds stay here instead of overflowing.
const BEYOND: i64 = i64::MAX / 4;

/// The number is `sign` times `0.DIGITS` times ten to `point`, where the digits are those of `whole`, then of `fraction`.
///
/// INVARIANT: the first digit isn't 0 unless the number is, and nor is the last one of `fraction`.
pub(super) struct Parts<'a> {
    pub(super) sign: i8,
    pub(super) point: i64,
    whole: &'a [u8],
    fraction: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn of(decimal: &'a Decimal) -> Self {
        Self::read(decimal.text.as_bytes()).expect("a decimal holds a number")
    }

    /// Takes apart a text in the grammar of JSON.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, rest) = split_digits(unsigned);
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => Some(split_digits(rest)).filter(|(digits, _)| !digits.is_empty())?,
            None => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', exponent)) => read_exponent(exponent)?,
            Some(_) => return None,
        };
        match whole {
            [] | [b'0', _, ..] => None,
            _ => Some(Self::trimmed(negative, whole, fraction, exponent)),
        }
    }

    fn trimmed(negative: bool, whole: &'a [u8], fraction: &'a [u8], exponent: i64) -> Self {
        let point = length(whole) + exponent;
        let fraction = without_zeros_behind(fraction);
        let kept = without_zeros_before(whole);
        // Zeros count until the first digit that isn't one, be it in the whole part or behind the point.
        let leading = if kept.is_empty() {
            without_zeros_before(fraction)
        } else {
            fraction
        };
        let zeros = length(whole) - length(kept) + length(fraction) - length(leading);
        let whole = if leading.is_empty() {
            without_zeros_behind(kept)
        } else {
            kept
        };
        let zero = whole.is_empty() && leading.is_empty();
        Self {
            sign: if zero {
                0
            } else if negative {
                -1
            } else {
                1
            },
            point: if zero { 0 } else { point - zeros },
            whole,
            fraction: leading,
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// Compares by exact value.
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = || {
            self.point
                .cmp(&other.point)
                .then_with(|| self.digits().cmp(other.digits()))
        };
        match self.sign.cmp(&other.sign) {
            Ordering::Equal if self.sign < 0 => magnitude().reverse(),
            Ordering::Equal => magnitude(),
            unequal => unequal,
        }
    }

    /// The canonical text: ECMAScript's `Number::toString` (ECMA-262, section 6.1.6.1.20, from step 6 on), but with all
    /// digits.
    pub(super) fn lay_out(&self) -> String {
        let count = length(self.whole) + length(self.fraction);
        let mut digits = self.digits().map(char::from);
        let mut text = String::from(if self.sign < 0 { "-" } else { "" });
        match self.point {
            _ if count == 0 => text.push('0'),
            point if (1..=21).contains(&point) => {
                text.extend((0..point).map(|_| digits.next().unwrap_or('0')));
                push_fraction(&mut text, digits);
            }
            point if (-5..=0).contains(&point) => {
                text.push_str("0.");
                text.extend((point..0).map(|_| '0'));
                text.extend(digits);
            }
            point => {
                text.extend(digits.next());
                push_fraction(&mut text, digits);
                text.push_str(if point > 1 { "e+" } else { "e" });
                text.push_str(&(point - 1).to_string());
            }
        }
        text
    }
}

/// Appends a point and digits, where there are any.
fn push_fraction(text: &mut String, digits: impl Iterator<Item = char>) {
    let mut digits = digits.peekable();
    if digits.peek().is_some() {
        text.push('.');
        text.extend(digits);
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    end.and_then(|end| text.split_at_checked(end))
        .unwrap_or((text, &[]))
}

fn read_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let step = |sum: i64, digit: &u8| {
        (sum.saturating_mul(10)
            .saturating_add(i64::from(digit & 0x0f)))
        .min(BEYOND)
    };
    let magnitude = digits.iter().fold(0, step);
    Some(if negative { -magnitude } else { magnitude })
}

fn without_zeros_before(mut digits: &[u8]) -> &[u8] {
    while let [b'0', rest @ ..] = digits {
        digits = rest;
    }
    digits
}

fn without_zeros_behind(mut digits: &[u8]) -> &[u8] {
    while let [rest @ .., b'0'] = digits {
        digits = rest;
    }
    digits
}

fn length(digits: &[u8]) -> i64 {
    i64::try_from(digits.len()).unwrap_or(BEYOND)
}
