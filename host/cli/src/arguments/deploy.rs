//! What putting policies into use and taking them out of it takes.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use lictor::{DocumentName, PolicyName, RolloutName};

use super::operate::TenantOrderArguments;
use super::policy::LimitArguments;

/// What `deploy` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor deploy spend-limit-1.0.0.signed.wasm --tenant bank --parameters limits.json --state state
  lictor deploy spend-limit-2.0.0.signed.wasm --tenant bank --plan careful --state state --why 'ticket 4711'
  lictor deploy --plan plan.toml --data limits=limits.json --tenant bank --state state
  lictor deploy a.wasm b.wasm --parameters a=a.json --without c --tenant bank --state state
  lictor deploy sanctions-1.0.0.signed.wasm --tenant base --state state

A plan of your own:
  name = \"two-steps\"
  strict = \"fleet\"
  [[phases]]
  kind = \"shadow\"
  time = \"2h\"
  [[phases]]
  kind = \"canary\"
  percent = 10
  time = \"1day\"
  pairs_min = 1000
  guards = { fault_rate = 0.01, loosened_max = 10 }")]
pub struct DeployArguments {
    /// What is deployed.
    #[command(flatten)]
    pub change: ChangeSetArguments,

    /// How it takes over: `careful`, `blue-green`, `cohort`, `immediate`, or the file of a plan in TOML or JSON
    /// [default: careful; at once where nothing is replaced]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Rollout")]
    pub plan: Option<String>,

    /// A subject that meets the new version first under the plan `cohort`; may be given more than once
    #[arg(long, value_name = "SUBJECT", help_heading = "Rollout")]
    pub subject: Vec<String>,

    /// The rollout's name [default: made of what is deployed]
    #[arg(long, value_name = "ROLLOUT", help_heading = "Rollout")]
    pub name: Option<RolloutName>,

    /// Leave the rollout planned, until `lictor rollout begin`
    #[arg(long, help_heading = "Rollout")]
    pub planned: bool,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// Policies and documents that change places together.
#[derive(Debug, Args)]
pub struct ChangeSetArguments {
    /// The signed files
    #[arg(value_name = "ARTIFACT", value_hint = ValueHint::FilePath, required_unless_present_any = ["data", "without", "without_data"])]
    pub artifacts: Vec<PathBuf>,

    /// The parameters: a JSON object, or the file that holds one; with several artifacts, `POLICY=` before it, once for each
    /// [default: {}]
    #[arg(
        short,
        long,
        value_name = "JSON|FILE",
        requires = "artifacts",
        help_heading = "Binding"
    )]
    pub parameters: Vec<String>,

    /// Which requests it applies to, as `{"attribute": "/action/name", "one_of": ["refund"]}`; may be given more than once, and
    /// all must be met
    #[arg(
        long,
        value_name = "JSON",
        requires = "artifacts",
        help_heading = "Binding"
    )]
    pub condition: Vec<String>,

    /// A signed leave to install a version lower than the highest before
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "artifacts", help_heading = "Binding")]
    pub rollback: Option<PathBuf>,

    /// A document that changes with them; may be given more than once
    #[arg(short, long, value_name = "NAME=FILE", help_heading = "Rollout")]
    pub data: Vec<String>,

    /// A policy that is taken away with them; may be given more than once
    #[arg(long, value_name = "POLICY", help_heading = "Rollout")]
    pub without: Vec<PolicyName>,

    /// A document that is taken away with them; may be given more than once
    #[arg(long, value_name = "NAME", help_heading = "Rollout")]
    pub without_data: Vec<DocumentName>,

    /// Their limits.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// What `withdraw` takes.
#[derive(Debug, Args)]
pub struct WithdrawArguments {
    /// The policy
    #[arg(value_name = "POLICY")]
    pub policy: PolicyName,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,
}
