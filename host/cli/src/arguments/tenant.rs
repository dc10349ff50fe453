//! What the verbs about tenants take.

use clap::{Args, Subcommand, ValueEnum};
use lictor::{Effect, Rate, RateError, TenantName};

use super::effect;
use super::operate::{HostPlaceArguments, OrderArguments};

/// What `tenant` takes.
#[derive(Debug, Args)]
pub struct TenantArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: TenantCommand,
}

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Take a tenant in, with no policies and no data
    #[command(after_long_help = "Examples:
  lictor tenant add bank --state state
  lictor tenant add shop --on-failure review --concurrency 64 --state state
  lictor tenant add cafe --rate 100/s --agent-rate 30/min --state state")]
    Add(TenantChangeArguments),

    /// Change what a tenant may do and how it is answered; what isn't named stays as it is
    Set(TenantChangeArguments),

    /// Let a tenant go, with its policies, data and rollouts
    Remove(TenantRemoveArguments),

    /// List the tenants
    List(TenantListArguments),

    /// Show what a tenant has: its settings, policies and data
    Show(TenantShowArguments),
}

/// What `tenant add` and `tenant set` take.
#[derive(Debug, Args)]
pub struct TenantChangeArguments {
    /// Its name: lower-case letters, digits and inner hyphens
    #[arg(value_name = "TENANT")]
    pub tenant: TenantName,

    /// The effect where none of its policies has an opinion: deny, review or allow [default: deny]
    #[arg(long, value_name = "EFFECT", value_parser = effect, help_heading = "Settings")]
    pub default_effect: Option<Effect>,

    /// What answers where a policy has a fault [default: deny]
    #[arg(long, value_name = "ANSWER", help_heading = "Settings")]
    pub on_failure: Option<OnFailure>,

    /// How many evaluations it may have in flight or waiting at once [default: 32]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Settings")]
    pub concurrency: Option<u32>,

    /// How many bytes of memory its data may take [default: 512 MiB]
    #[arg(long, value_name = "BYTES", help_heading = "Settings")]
    pub data_bytes: Option<usize>,

    /// How often it is served where several tenants' evaluations wait, beside others of weight 1 [default: 1]
    #[arg(long, value_name = "WEIGHT", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Settings")]
    pub weight: Option<u32>,

    /// How many decisions it may ask for, such as 100/s, 30/min or 500/h, or 100/s,250 where 250 may come at once; or none
    /// [default: none, as many as the host can give]
    #[arg(long, value_name = "RATE", value_parser = rate, help_heading = "Settings")]
    pub rate: Option<RateChange>,

    /// How many decisions each of its agents may ask for, in the same way [default: none]
    #[arg(long, value_name = "RATE", value_parser = rate, help_heading = "Settings")]
    pub agent_rate: Option<RateChange>,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// A rate, or that there is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateChange(pub Option<Rate>);

fn rate(typed: &str) -> Result<RateChange, RateError> {
    match typed {
        "none" => Ok(RateChange(None)),
        typed => typed.parse().map(|rate| RateChange(Some(rate))),
    }
}

/// What answers where a policy has a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// The action must not happen
    Deny,
    /// A person must approve it
    Review,
    /// The version before that decided without a fault, else deny
    LastGood,
}

/// What `tenant remove` takes.
#[derive(Debug, Args)]
pub struct TenantRemoveArguments {
    /// Which
    #[arg(value_name = "TENANT")]
    pub tenant: TenantName,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What `tenant list` takes.
#[derive(Debug, Args)]
pub struct TenantListArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `tenant show` takes.
#[derive(Debug, Args)]
pub struct TenantShowArguments {
    /// Which, or `base` for the operator's layer
    #[arg(value_name = "TENANT")]
    pub tenant: TenantName,

    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}
