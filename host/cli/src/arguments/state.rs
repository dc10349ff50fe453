//! What the verbs about a host's state take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::keys::{HostFolderArguments, StateFolderArguments};
use super::operate::OrderArguments;

/// What `state` takes.
#[derive(Debug, Args)]
pub struct StateArguments {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StateCommand,
}

/// What can be done with a state.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Read everything in it and say what there is
    Check(StateCheckArguments),

    /// List the versions that were admitted: a lower one is refused
    #[command(after_long_help = "Examples:
  lictor state versions --state state
  lictor state versions --state state --json")]
    Versions(StateVersionsArguments),

    /// List who changed what, when and why, oldest first
    #[command(after_long_help = "Examples:
  lictor state journal --state state
  lictor state journal --state state --after 120 --json")]
    Journal(StateJournalArguments),

    /// Take the wall clock as right again after it has jumped: until then nothing expires or becomes valid
    #[command(after_long_help = "Examples:
  lictor state accept-clock --state state --why 'the time server is back'")]
    AcceptClock(OrderArguments),

    /// Write it as text: JSON lines that another host can take in
    #[command(after_long_help = "Examples:
  lictor state export --state state > state.jsonl
  lictor state export --state state --output state.jsonl")]
    Export(StateExportArguments),

    /// Make a state from an export, in a folder that has none
    #[command(after_long_help = "Examples:
  lictor state import state.jsonl --state new-state
  lictor state import - --state new-state < state.jsonl")]
    Import(StateImportArguments),
}

/// What `state check` takes.
#[derive(Debug, Args)]
pub struct StateCheckArguments {
    /// Where.
    #[command(flatten)]
    pub place: StateFolderArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `state versions` takes.
#[derive(Debug, Args)]
pub struct StateVersionsArguments {
    /// Where.
    #[command(flatten)]
    pub place: StateFolderArguments,

    /// Print JSON lines
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `state journal` takes.
#[derive(Debug, Args)]
pub struct StateJournalArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostFolderArguments,

    /// Only the changes after the one with this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub after: u64,

    /// Print JSON lines
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `state export` takes.
#[derive(Debug, Args)]
pub struct StateExportArguments {
    /// Where.
    #[command(flatten)]
    pub place: StateFolderArguments,

    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// What `state import` takes.
#[derive(Debug, Args)]
pub struct StateImportArguments {
    /// The export, or `-` for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Where.
    #[command(flatten)]
    pub place: StateFolderArguments,
}
