//! Figures as a person reads them.

use std::time::Duration;

/// A number with its digits in groups of three: `10,000,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration in the unit that suits it, with three digits: `12.3 µs`.
pub fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    let (value, unit) = match nanos {
        _ if nanos < 1e3 => (nanos, "ns"),
        _ if nanos < 1e6 => (nanos / 1e3, "µs"),
        _ if nanos < 1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let decimals = match value {
        _ if unit == "ns" || value >= 100.0 => 0,
        _ if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let shown = [0, 999, 1_000, 12_345, 10_000_000].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "10,000,000"]);
    }

    #[test]
    fn durations_have_three_digits() {
        let shown = [0, 999, 1_500, 12_345, 123_456, 9_876_543, 2_000_000_000]
            .map(|nanos| duration(Duration::from_nanos(nanos)));
        assert_eq!(
            shown,
            [
                "0 ns", "999 ns", "1.50 µs", "12.3 µs", "123 µs", "9.88 ms", "2.00 s"
            ]
        );
    }
}
