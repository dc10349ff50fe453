//! Points in time, as milliseconds since 1970 and as people write them.
//!
//! Must never read a clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const SECOND_MS: u64 = 1_000;
const DAY_MS: u64 = 86_400 * SECOND_MS;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted; an integer in JSON.
///
/// Shown and read as RFC 3339 in UTC: `2027-01-31T12:00:00Z`, with milliseconds where there are any. A date alone means its
/// midnight.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMs(pub u64);

/// A text is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time: write `2027-01-31` or `2027-01-31T12:00:00Z`")]
pub struct TimeError(String);

impl fmt::Display for UnixMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0 / DAY_MS);
        let ms = self.0 % DAY_MS;
        let seconds = ms / SECOND_MS;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        match ms % SECOND_MS {
            0 => f.write_str("Z"),
            ms => write!(f, ".{ms:03}Z"),
        }
    }
}

impl FromStr for UnixMs {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        parse(text).ok_or_else(|| TimeError(text.chars().take(40).collect()))
    }
}

fn parse(text: &str) -> Option<UnixMs> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let day = day_of(
        number(date.get(0..4)?)?,
        number(date.get(5..7)?)?,
        number(date.get(8..)?)?,
    )?;
    let (clock, fraction) = time.strip_suffix('Z')?.split_at_checked(8)?;
    let hour = number(clock.get(0..2)?)?;
    let minute = number(clock.get(3..5)?)?;
    let second = number(clock.get(6..8)?)?;
    let ms = match fraction.strip_prefix('.') {
        Some(digits) if digits.len() == 3 => number(digits)?,
        None if fraction.is_empty() => 0,
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour * 3_600 + minute * 60 + second;
    let time = UnixMs(day * DAY_MS + seconds * SECOND_MS + ms);
    // Whatever was sloppy in the text (separators, a day that the month doesn't have) is spelled differently.
    (time.to_string() == spelled_out(text)).then_some(time)
}

/// A date with its midnight, and whole seconds without a fraction.
fn spelled_out(text: &str) -> String {
    match text.strip_suffix(".000Z") {
        Some(whole) => format!("{whole}Z"),
        None if text.contains('T') => text.to_owned(),
        None => format!("{text}T00:00:00Z"),
    }
}

fn number(digits: &str) -> Option<u64> {
    digits
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

/// The civil date of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn date_of(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (
        year_of_era + era * 400 + u64::from(month <= 2),
        month,
        day_of_month,
    )
}

/// The day since 1970 of a civil date, where it isn't before 1970.
fn day_of(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    (era * 146_097 + of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"),
        ] {
            assert_eq!(UnixMs(ms).to_string(), text);
            assert_eq!(text.parse(), Ok(UnixMs(ms)));
        }
        assert_eq!("2000-02-29".parse(), Ok(UnixMs(951_782_400_000)));
        assert_eq!("1970-01-01T00:00:01.000Z".parse(), Ok(UnixMs(1_000)));
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "now",
            "2024",
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "2024/01/01",
            "2024-01-01T00:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00.5Z",
            "2024-01-01T00:00:00+01:00",
            "1969-12-31",
            "+024-01-01",
            "2024-01-é1",
        ] {
            assert!(bad.parse::<UnixMs>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_largest_number_is_shown_without_overflow() {
        assert!(UnixMs(u64::MAX).to_string().ends_with('Z'));
    }
}
