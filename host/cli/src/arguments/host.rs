//! What running a host, and asking how it is, takes.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueHint};
use lictor::TenantName;

use super::operate::{HostCacheArguments, HostPlaceArguments};
use super::records::RecordArguments;

/// What `host` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor host --state state                                       Do what operators ask
  lictor host --state state --requests requests.jsonl --tenant bank
  lictor host --state state --requests requests.jsonl --rate 500/s --repeat --quiet
  tail -f requests.jsonl | lictor host --state state --requests -
  lictor host --state state --requests - --records records.jsonl --record-requests

A request is a line of JSON in AuthZEN's shape, with a `tenant` beside it where `--tenant` isn't given:
  {\"tenant\": \"bank\", \"subject\": {\"type\": \"agent\", \"id\": \"a\"}, \"action\": {\"name\": \"pay\"}, ...}")]
pub struct HostArguments {
    /// The state folder of the host
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub state: PathBuf,

    /// The requests to decide: a file of JSON lines, or `-` for standard input [default: none; operators are served until the
    /// host is told to end]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Requests")]
    pub requests: Option<PathBuf>,

    /// The tenant whose requests they are [default: what each says in `tenant`]
    #[arg(
        long,
        value_name = "TENANT",
        requires = "requests",
        help_heading = "Requests"
    )]
    pub tenant: Option<TenantName>,

    /// How many are decided each second [default: as many as can be]
    #[arg(
        long,
        value_name = "N/s",
        requires = "requests",
        help_heading = "Requests"
    )]
    pub rate: Option<Rate>,

    /// Begin again when the file is at its end, until the host is told to end
    #[arg(long, requires = "requests", help_heading = "Requests")]
    pub repeat: bool,

    /// Print a summary each second in the place of each decision
    #[arg(long, requires = "requests", help_heading = "Output")]
    pub quiet: bool,

    /// Its records.
    #[command(flatten)]
    pub records: RecordArguments,

    /// Its cache.
    #[command(flatten)]
    pub cache: HostCacheArguments,
}

/// So many a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many.
    pub per_second: f64,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text).trim();
        match number.parse() {
            Ok(per_second) if (0.001..=10_000_000.0).contains(&per_second) => {
                Ok(Self { per_second })
            }
            _ => Err("write it as `100/s`: from 0.001 to 10,000,000 a second".to_owned()),
        }
    }
}

/// What `status` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor status --state state
  lictor status --state state --json | jq .troubles")]
pub struct StatusArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_a_second() {
        let rate = |text: &str| text.parse::<Rate>().map(|rate| rate.per_second);
        assert_eq!(rate("500/s"), Ok(500.0));
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["", "0/s", "-1", "fast", "inf", "NaN", "5/m"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
