//! What the verbs about rollouts take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use lictor::RolloutName;

use super::deploy::ChangeSetArguments;
use super::operate::{TenantLookArguments, TenantOrderArguments};

/// What `rollout` takes.
#[derive(Debug, Args)]
pub struct RolloutArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: RolloutCommand,
}

/// What can be done with rollouts. Where there is one that can be meant, its name may be left out.
#[derive(Debug, Subcommand)]
pub enum RolloutCommand {
    /// Show where rollouts stand, and how stable and candidate differed
    #[command(after_long_help = "Examples:
  lictor rollout status --tenant bank --state state
  lictor rollout status spend-limit-1f2e3d4c --tenant bank --state state --json")]
    Status(RolloutStatusArguments),

    /// Watch a rollout live: its split, what differs, each guard's number against its limit, and the time left
    ///
    /// In a terminal this is a picture that changes until `q` or Ctrl-C; elsewhere it is a line each second. It ends when the
    /// rollout is over.
    Watch(RolloutLookArguments),

    /// Decide requests with what would be deployed and with what is in use, and show how they differ, without any traffic
    ///
    /// Takes what `deploy` takes. Nothing is deployed, and no request that is decided here is recorded.
    #[command(after_long_help = "Examples:
  lictor rollout preview spend-limit-2.0.0.signed.wasm --requests requests.jsonl --tenant bank --state state
  lictor rollout preview --data limits=limits.json --requests - --tenant bank --state state < requests.jsonl")]
    Preview(RolloutPreviewArguments),

    /// Let a rollout begin that is planned
    Begin(RolloutMoveArguments),

    /// Let a rollout enter its next phase now, or let it go on where its plan waits for a person
    Advance(RolloutMoveArguments),

    /// Have a rollout stay in its phase, with its split, while its time stands still
    Pause(RolloutMoveArguments),

    /// Let the time of a paused rollout run again
    Resume(RolloutMoveArguments),

    /// Let the candidate take over now, whatever phases are left
    Promote(RolloutMoveArguments),

    /// Stop a rollout: stable alone decides from the next request on
    Abort(RolloutMoveArguments),

    /// Go back to what was in use before a rollout was promoted; needs no key
    Rollback(RolloutMoveArguments),
}

/// What `rollout status` takes.
#[derive(Debug, Args)]
pub struct RolloutStatusArguments {
    /// Which [default: all of the tenant's]
    #[arg(value_name = "ROLLOUT")]
    pub rollout: Option<RolloutName>,

    /// Whose.
    #[command(flatten)]
    pub look: TenantLookArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `rollout watch` takes.
#[derive(Debug, Args)]
pub struct RolloutLookArguments {
    /// Which [default: the tenant's only one that isn't over]
    #[arg(value_name = "ROLLOUT")]
    pub rollout: Option<RolloutName>,

    /// Whose.
    #[command(flatten)]
    pub look: TenantLookArguments,
}

/// What moves a rollout.
#[derive(Debug, Args)]
pub struct RolloutMoveArguments {
    /// Which [default: the tenant's only one with which this can be done]
    #[arg(value_name = "ROLLOUT")]
    pub rollout: Option<RolloutName>,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,
}

/// What `rollout preview` takes.
#[derive(Debug, Args)]
pub struct RolloutPreviewArguments {
    /// What would be deployed.
    #[command(flatten)]
    pub change: ChangeSetArguments,

    /// The requests: a file of JSON lines, or `-` for standard input
    ///
    /// A line is a request in AuthZEN's shape, as `lictor host --requests` takes it, or a record of the audit log that holds its
    /// request, as `lictor host --record-requests` writes it, which is then decided at the time of the record.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub requests: PathBuf,

    /// Whose.
    #[command(flatten)]
    pub look: TenantLookArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}
