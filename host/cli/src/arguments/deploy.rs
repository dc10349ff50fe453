//! What putting policies into use and taking them out of it takes.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use lictor::PolicyName;

use super::operate::TenantOrderArguments;
use super::policy::LimitArguments;

/// What `deploy` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor deploy spend-limit-1.0.0.signed.wasm --tenant bank --parameters limits.json --state state
  lictor deploy no-crypto-1.1.0.signed.wasm --tenant bank --state state --why 'ticket 4711'
  lictor deploy sanctions-1.0.0.signed.wasm --tenant base --state state")]
pub struct DeployArguments {
    /// The signed file
    #[arg(value_name = "ARTIFACT", value_hint = ValueHint::FilePath)]
    pub artifact: PathBuf,

    /// What it is bound with.
    #[command(flatten)]
    pub binding: BindingArguments,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What an artifact is bound with.
#[derive(Debug, Args)]
pub struct BindingArguments {
    /// The parameters: a JSON object, or the file that holds one [default: {}]
    #[arg(short, long, value_name = "JSON|FILE", help_heading = "Binding")]
    pub parameters: Option<String>,

    /// Which requests it applies to, as `{"attribute": "/action/name", "one_of": ["refund"]}`; may be given more than once, and
    /// all must be met
    #[arg(long, value_name = "JSON", help_heading = "Binding")]
    pub condition: Vec<String>,

    /// A signed leave to install a version lower than the highest before
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Binding")]
    pub rollback: Option<PathBuf>,

    /// Its limits.
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
