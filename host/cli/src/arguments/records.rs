//! What writing records, and reading them again, takes.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::operate::HostPlaceArguments;

/// Where a host writes records.
#[derive(Debug, Args)]
pub struct RecordArguments {
    /// Append a record of each decision to this file: the audit log, a line of JSON each
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Records")]
    pub records: Option<PathBuf>,

    /// Record whole requests too, which `lictor rollout preview` can decide again; one that holds what is named like a secret is left
    /// out
    #[arg(long, requires = "records", help_heading = "Records")]
    pub record_requests: bool,
}

/// What `records` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor records --state state > records.jsonl
  lictor records --server https://pdp.example.com:8182 --after 81234 | jq .effect")]
pub struct RecordsArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Only the records from this place on, as an earlier `lictor records` said it
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub after: u64,
}
