//! Exact decimal numbers, for money. Must never round unless a rule asks for floating point.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The largest magnitude of the exponent of a number's first digit, as for the host.
const EXPONENT_MAX: i64 = 999_999_999;

/// A number of any size, exactly. It compares by value: `0.10` is `0.1`, and `1e3` is `1000`.
///
/// ```
/// use lictor_sdk::Decimal;
///
/// let amount: Decimal = "9999.995".parse()?;
/// assert!(amount <= 10_000);
/// assert!(amount > "9999.99".parse::<Decimal>()?);
/// # Ok::<(), lictor_sdk::DecimalError>(())
/// ```
// INVARIANT: the digits have no zero at either end; without digits the number is 0, `point` is 0 and it isn't negative.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// The value without its sign is `0.DIGITS` times ten to this.
    point: i64,
    digits: String,
}

/// Why a text is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// It does not follow the grammar of JSON (RFC 8259, section 6).
    Malformed,
    /// Its exponent goes beyond 999,999,999.
    ExponentTooLarge,
}

impl Decimal {
    /// Whether it is less than 0.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The nearest floating-point number: the one lossy thing here, so never for comparing money.
    pub fn as_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    fn new(negative: bool, digits: &str, point: i64) -> Result<Self, DecimalError> {
        let significant = digits.trim_start_matches('0');
        let leading_zeros = i64::try_from(digits.len() - significant.len()).unwrap_or(i64::MAX / 4);
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Ok(Self {
                negative: false,
                point: 0,
                digits: String::new(),
            });
        }
        let point = point - leading_zeros;
        if (point - 1).abs() > EXPONENT_MAX {
            return Err(DecimalError::ExponentTooLarge);
        }
        Ok(Self {
            negative,
            point,
            digits: digits.to_owned(),
        })
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        self.point
            .cmp(&other.point)
            .then_with(|| self.digits.cmp(&other.digits))
    }
}

// --- Reading -------------------------------------------------------------------------------------------------------

/// Reads a number in the grammar of JSON.
impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(DecimalError::Malformed),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let padded = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || padded || !is_digits(whole) || !is_digits(fraction) {
            return Err(DecimalError::Malformed);
        }
        let point = i64::try_from(whole.len()).unwrap_or(i64::MAX / 4) + exponent;
        Self::new(negative, &[whole, fraction].concat(), point)
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An exponent beyond all bounds stays beyond them instead of overflowing.
fn read_exponent(text: &str) -> Result<i64, DecimalError> {
    const BEYOND: i64 = i64::MAX / 4;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !is_digits(digits) {
        return Err(DecimalError::Malformed);
    }
    let magnitude = digits.parse().unwrap_or(BEYOND).min(BEYOND);
    Ok(if negative { -magnitude } else { magnitude })
}

impl From<i64> for Decimal {
    fn from(integer: i64) -> Self {
        let mut magnitude = integer.unsigned_abs();
        if magnitude == 0 {
            return Self {
                negative: false,
                point: 0,
                digits: String::new(),
            };
        }
        let mut digits = [b'0'; 20];
        let mut point = 0;
        for digit in digits.iter_mut().rev() {
            if magnitude == 0 {
                break;
            }
            *digit = b'0' + (magnitude % 10) as u8;
            magnitude /= 10;
            point += 1;
        }
        let digits: String = digits.iter().copied().map(char::from).collect();
        let digits = digits.trim_matches('0').to_owned();
        Self {
            negative: integer < 0,
            point,
            digits,
        }
    }
}

// --- Comparing -----------------------------------------------------------------------------------------------------

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.sign().cmp(&other.sign()) {
            Ordering::Equal if self.negative => other.cmp_magnitude(self),
            Ordering::Equal => self.cmp_magnitude(other),
            unequal => unequal,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq<i64> for Decimal {
    fn eq(&self, other: &i64) -> bool {
        self.cmp(&Self::from(*other)).is_eq()
    }
}

impl PartialOrd<i64> for Decimal {
    fn partial_cmp(&self, other: &i64) -> Option<Ordering> {
        Some(self.cmp(&Self::from(*other)))
    }
}

// --- Writing -------------------------------------------------------------------------------------------------------

/// The contract's canonical text: the digits in the layout of ECMAScript's `Number::toString` (ECMA-262, section
/// 6.1.6.1.20, from step 6 on), all of them.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        if self.negative {
            f.write_str("-")?;
        }
        let digits = self.digits.as_str();
        match (usize::try_from(self.point), usize::try_from(-self.point)) {
            (Ok(point), _) if (digits.len()..=21).contains(&point) => {
                f.write_str(digits)?;
                write_zeros(point - digits.len(), f)
            }
            (Ok(point), _) if (1..=21).contains(&point) => {
                let (whole, fraction) = digits.split_at(point);
                write_parts(&[whole, ".", fraction], f)
            }
            (_, Ok(zeros)) if zeros <= 5 => {
                f.write_str("0.")?;
                write_zeros(zeros, f)?;
                f.write_str(digits)
            }
            _ => {
                let (first, others) = digits.split_at(1);
                let dot = if others.is_empty() { "" } else { "." };
                let sign = if self.point > 1 { "+" } else { "" };
                write_parts(&[first, dot, others, "e", sign], f)?;
                fmt::Display::fmt(&(self.point - 1), f)
            }
        }
    }
}

fn write_zeros(count: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    (0..count).try_for_each(|_| f.write_str("0"))
}

fn write_parts(parts: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    parts.iter().try_for_each(|part| f.write_str(part))
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the text is no number",
            Self::ExponentTooLarge => "the number has an exponent beyond 999999999",
        })
    }
}

impl std::error::Error for DecimalError {}

#[cfg(test)]
mod tests;
