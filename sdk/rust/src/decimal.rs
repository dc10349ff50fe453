//! Exact decimal numbers, for money. Must never round unless a rule asks for floating point.

mod parts;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use parts::Parts;

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
// INVARIANT: the text is the contract's canonical one of some number, so that equal numbers have equal texts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    text: String,
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
    /// The contract's canonical text of the number.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is less than 0.
    pub fn is_negative(&self) -> bool {
        self.text.starts_with('-')
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.text == "0"
    }

    /// The nearest floating-point number: the one lossy thing here, so never for comparing money.
    pub fn as_f64(&self) -> f64 {
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// What the host answers, which is canonical.
    pub(crate) fn from_canonical(text: String) -> Self {
        Self { text }
    }
}

impl From<i64> for Decimal {
    fn from(integer: i64) -> Self {
        Self {
            text: integer.to_string(),
        }
    }
}

/// Reads a number in the grammar of JSON.
impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let parts = Parts::read(text.as_bytes()).ok_or(DecimalError::Malformed)?;
        if parts.sign != 0 && (parts.point - 1).abs() > EXPONENT_MAX {
            return Err(DecimalError::ExponentTooLarge);
        }
        Ok(Self {
            text: parts.lay_out(),
        })
    }
}

/// The contract's canonical text.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        Parts::of(self).cmp(&Parts::of(other))
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
