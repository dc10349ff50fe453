//! A moment as a person writes it. It never asks what time it is.

use std::time::UNIX_EPOCH;

use lictor::UnixMs;

/// A text that names no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time: write it as `2026-01-31T12:00:00Z` or as milliseconds since 1970")]
pub struct TimeError(String);

/// The moment in milliseconds since 1970: RFC 3339 in UTC, or these milliseconds themselves.
pub fn parse(text: &str) -> Result<u64, TimeError> {
    if let Ok(unix_ms) = text.parse() {
        return Ok(unix_ms);
    }
    let refuse = || TimeError(text.to_owned());
    let moment = humantime::parse_rfc3339(text).map_err(|_| refuse())?;
    let since = moment.duration_since(UNIX_EPOCH).map_err(|_| refuse())?;
    u64::try_from(since.as_millis()).map_err(|_| refuse())
}

/// The moment, as [`parse`] takes it; a date alone means its midnight.
pub fn moment(text: &str) -> Result<UnixMs, TimeError> {
    text.parse().or_else(|_| parse(text).map(UnixMs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_a_moment_too() {
        let midnight = Ok(UnixMs(1_767_225_600_000));
        assert_eq!(moment("2026-01-01"), midnight);
        assert_eq!(moment("2026-01-01T00:00:00Z"), midnight);
        assert_eq!(moment("1767225600000"), midnight);
        assert!(moment("soon").is_err());
    }

    #[test]
    fn both_spellings_name_a_moment() {
        assert_eq!(parse("2026-01-01T00:00:00Z"), Ok(1_767_225_600_000));
        assert_eq!(parse("2026-01-01T00:00:00.250Z"), Ok(1_767_225_600_250));
        assert_eq!(parse("1767225600000"), Ok(1_767_225_600_000));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "-1",
            "tomorrow",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(text), Err(TimeError(text.to_owned())), "{text}");
        }
    }
}
