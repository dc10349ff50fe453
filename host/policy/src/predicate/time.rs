//! Moments as values write them. Must never guess: what RFC 3339 leaves to agreement is refused.
//!
//! A moment is a number of milliseconds since 1970 that fits 64 bits, or a date and time of RFC 3339, section 5.6, with `T` in
//! the middle and an offset at the end. What is finer than a millisecond is cut off, which changes no comparison with whole
//! milliseconds. The second 60 exists only at the end of a day of UTC, and is the moment after it.

/// Reads a date and time, in milliseconds since 1970; before that they are negative.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let (year, month, day) = (rest.number(4)?, rest.after(b'-')?, rest.after(b'-')?);
    rest.skip(|byte| matches!(byte, b'T' | b't'))?;
    let (hour, minute, second) = (rest.number(2)?, rest.after(b':')?, rest.after(b':')?);
    let millis = rest.fraction()?;
    let offset_minutes = rest.offset()?;
    let is_day = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if !rest.0.is_empty() || !is_day || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let utc_minutes =
        (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
    if second == 60 && utc_minutes.rem_euclid(MINUTES_OF_DAY) != MINUTES_OF_DAY - 1 {
        return None;
    }
    Some((utc_minutes * 60 + second) * 1_000 + millis)
}

const MINUTES_OF_DAY: i64 = 24 * 60;

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, is_wanted: impl FnOnce(u8) -> bool) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        is_wanted(*first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn digit(&mut self) -> Option<i64> {
        self.skip(|byte| byte.is_ascii_digit())
            .map(|byte| i64::from(byte - b'0'))
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        (0..digits).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    /// A number of two digits after a separator.
    fn after(&mut self, separator: u8) -> Option<i64> {
        self.skip(|byte| byte == separator)?;
        self.number(2)
    }

    /// The milliseconds of a fraction, if there is one.
    fn fraction(&mut self) -> Option<i64> {
        if self.skip(|byte| byte == b'.').is_none() {
            return Some(0);
        }
        let mut millis = self.digit()? * 100;
        for worth in [10, 1] {
            millis += self.digit().unwrap_or(0) * worth;
        }
        while self.digit().is_some() {}
        Some(millis)
    }

    /// The minutes by which the local time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.skip(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'))? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let (hours, minutes) = (self.number(2)?, self.after(b':')?);
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar since 1970-01-01, counted in years that begin with March, so that the leap day is last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    const MARCH_1_0000_TO_1970: i64 = 719_468;
    year * 365 + leap_days + day_of_year - MARCH_1_0000_TO_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        for (text, unix_ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2026-01-01T00:00:00Z", 1_767_225_600_000),
            ("2026-01-01t00:00:00.25z", 1_767_225_600_250),
            ("2026-01-01T01:30:00.2509999+01:30", 1_767_225_600_250),
            ("2025-12-31T14:00:00-10:00", 1_767_225_600_000),
            ("2025-12-31T24:00:00Z", i64::MIN),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59-00:00", 253_402_300_799_000),
            // The leap second at the end of 2016, where it was and elsewhere.
            ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("2017-01-01T05:29:60+05:30", 1_483_228_800_000),
        ] {
            let expected = (unix_ms != i64::MIN).then_some(unix_ms);
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_has_to_be_guessed_is_refused() {
        for text in [
            "",
            "2026",
            "2026-01-01",
            "2026-01-01T00:00Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-1-1T00:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00,5Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00+01",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+01:60",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T12:00:60Z",
            "2026-01-01T00:00:00ZZ",
            " 2026-01-01T00:00:00Z",
            "+2026-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "12026-01-01T00:00:00Z",
            "２026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut expected = -62_167_219_200_000;
        for year in 0..=9_999 {
            for month in 1..=12 {
                for day in 1..=days_of(year, month) {
                    let midnight = days_since_1970(year, month, day) * 86_400_000;
                    assert_eq!(midnight, expected, "{year}-{month}-{day}");
                    expected += 86_400_000;
                }
            }
        }
    }
}
