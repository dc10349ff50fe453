//! How many decisions may be asked for in a time, as it is written and set.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// So many decisions in a time, and so many at once.
///
/// As text it is `100/s`, `30/min` or `500/h`, with how many at once behind a comma where that isn't the same number: `100/s,250`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    decisions: NonZeroU32,
    per: Per,
    burst: NonZeroU32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Per {
    Second,
    Minute,
    Hour,
}

impl Per {
    const ALL: [(Per, &'static str, u64); 3] = [
        (Per::Second, "s", 1),
        (Per::Minute, "min", 60),
        (Per::Hour, "h", 3_600),
    ];

    fn told(self) -> (&'static str, u64) {
        let known = Self::ALL.into_iter().find(|(per, ..)| *per == self);
        known.map_or(("s", 1), |(_, unit, seconds)| (unit, seconds))
    }
}

/// Why a text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rate: write `100/s`, `30/min` or `500/h`, and `100/s,250` where 250 may come at once"
)]
pub struct RateError(String);

impl Rate {
    /// So many a second, and as many at once.
    pub fn per_second(decisions: NonZeroU32) -> Self {
        Self {
            decisions,
            per: Per::Second,
            burst: decisions,
        }
    }

    /// The same with so many at once.
    #[must_use]
    pub fn burst(self, burst: NonZeroU32) -> Self {
        Self { burst, ..self }
    }

    /// How many may be asked for at once after a quiet time.
    pub fn at_once(self) -> u32 {
        self.burst.get()
    }

    /// The time that one decision takes of the rate; at least a nanosecond.
    pub(crate) fn interval(self) -> Duration {
        let (_, seconds) = self.per.told();
        let nanoseconds = seconds.saturating_mul(1_000_000_000) / u64::from(self.decisions.get());
        Duration::from_nanos(nanoseconds.max(1))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, _) = self.per.told();
        write!(f, "{}/{unit}", self.decisions)?;
        if self.burst == self.decisions {
            return Ok(());
        }
        write!(f, ",{}", self.burst)
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let refuse = || RateError(text.to_owned());
        let (rate, burst) = match text.split_once(',') {
            Some((rate, burst)) => (rate, Some(burst)),
            None => (text, None),
        };
        let (decisions, unit) = rate.split_once('/').ok_or_else(refuse)?;
        let decisions = decisions.parse().map_err(|_| refuse())?;
        let known = Per::ALL.into_iter().find(|(_, known, _)| *known == unit);
        let (per, ..) = known.ok_or_else(refuse)?;
        let burst = burst.map_or(Ok(decisions), |burst| burst.parse().map_err(|_| refuse()))?;
        Ok(Self {
            decisions,
            per,
            burst,
        })
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_written_as_it_is_read() {
        for text in ["100/s", "30/min", "500/h", "100/s,250", "1/h,1000"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        assert_eq!(
            "30/min".parse::<Rate>().unwrap().interval(),
            Duration::from_secs(2)
        );
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "100",
            "0/s",
            "5/day",
            "-1/s",
            "1.5/s",
            "5/s,0",
            "5/s,",
            "99999999999/s",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
