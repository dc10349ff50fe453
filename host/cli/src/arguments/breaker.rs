//! What the verbs about circuit breakers take.

use clap::{Args, Subcommand};
use lictor::{PolicyName, TenantName};

use super::operate::{HostPlaceArguments, OrderArguments};

/// What `breaker` takes.
#[derive(Debug, Args)]
pub struct BreakerArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: BreakerCommand,
}

/// What can be done with circuit breakers.
#[derive(Debug, Subcommand)]
pub enum BreakerCommand {
    /// List the policies that faulted lately for a tenant, and whether they are run
    #[command(after_long_help = "Examples:
  lictor breaker list --tenant bank --state state
  lictor breaker list --tenant bank --state state --json")]
    List(BreakerListArguments),

    /// Have a policy run again at once, for all subjects, because it is well again
    ///
    /// Where it isn't, the circuit opens again, and soon for twice as long as the last time.
    #[command(after_long_help = "Examples:
  lictor breaker close spend-limit --tenant bank --state state")]
    Close(BreakerCloseArguments),
}

/// What `breaker list` takes.
#[derive(Debug, Args)]
pub struct BreakerListArguments {
    /// The tenant; a policy of the operator's layer has a breaker for each tenant
    #[arg(long, value_name = "TENANT")]
    pub tenant: TenantName,

    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `breaker close` takes.
#[derive(Debug, Args)]
pub struct BreakerCloseArguments {
    /// The policy
    #[arg(value_name = "POLICY")]
    pub policy: PolicyName,

    /// The tenant; a policy of the operator's layer has a breaker for each tenant
    #[arg(long, value_name = "TENANT")]
    pub tenant: TenantName,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}
