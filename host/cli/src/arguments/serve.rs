//! What serving, and the tokens of those who are served, takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use lictor::{Priority, TenantName};
use lictor_server::Address;

use super::operate::{HostCacheArguments, HostPlaceArguments, OrderArguments};
use super::records::RecordArguments;

/// What `serve` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor serve --state state
  lictor serve --state state --settings lictor.toml
  lictor serve --settings lictor.toml --check

A request is then a POST of AuthZEN's JSON to http://127.0.0.1:8181/t/bank/access/v1/evaluation, with the header
  authorization: Bearer TOKEN")]
pub struct ServeArguments {
    /// The state folder of the host; it is made where there is none
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, required_unless_present_any = ["check", "openapi"])]
    pub state: Option<PathBuf>,

    /// The settings of the server, in TOML [default: loopback, ports 8181 and 8182, tokens]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub settings: Option<PathBuf>,

    /// Where requests are taken, in the place of what the settings say: `127.0.0.1:8181` or `unix:/run/lictor/decide.sock`
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<Address>,

    /// Where operators' orders are taken, in the place of what the settings say: `127.0.0.1:8182` or `unix:/run/lictor/admin.sock`
    #[arg(long, value_name = "ADDRESS")]
    pub admin_listen: Option<Address>,

    /// Say whether the settings can be used, and end
    #[arg(long)]
    pub check: bool,

    /// Print what both doors take and answer, as OpenAPI 3.1, and end
    #[arg(long)]
    pub openapi: bool,

    /// How many evaluations may be in flight
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub slots: u32,

    /// Its records.
    #[command(flatten)]
    pub records: RecordArguments,

    /// Its cache.
    #[command(flatten)]
    pub cache: HostCacheArguments,
}

/// What `token` takes.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it; nobody can be told it again
    #[command(after_long_help = "Examples:
  lictor token issue --tenant bank --label 'the gateway in Zurich' --state state
  lictor token issue --role operator --valid 8h --state state")]
    Issue(TokenIssueArguments),

    /// List the tokens that are good
    List(TokenListArguments),

    /// Refuse a token from now on
    Revoke(TokenRevokeArguments),
}

/// What `token issue` takes.
#[derive(Debug, Args)]
pub struct TokenIssueArguments {
    /// The tenant whose requests may be decided with it
    #[arg(long, value_name = "TENANT", required_unless_present = "role")]
    pub tenant: Option<TenantName>,

    /// What may be done with it, where it is no tenant's
    #[arg(long, value_name = "ROLE", conflicts_with = "tenant")]
    pub role: Option<RoleName>,

    /// What it is for, for the list
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub label: String,

    /// How much the requests matter that are decided with it: critical, high, normal or low
    ///
    /// Where a host has more to do than it can, the low ones are refused first.
    #[arg(long, value_name = "CLASS", default_value = "normal")]
    pub priority: Priority,

    /// For how long it is good, at most 366 days
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = humantime::parse_duration)]
    pub valid: Duration,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What may be done with a token that is no tenant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Everything
    Engineer,
    /// See how things are and stop what goes wrong
    Operator,
    /// Read records
    Auditor,
}

/// What `token list` takes.
#[derive(Debug, Args)]
pub struct TokenListArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `token revoke` takes.
#[derive(Debug, Args)]
pub struct TokenRevokeArguments {
    /// Its id, as `token list` prints it
    #[arg(value_name = "ID")]
    pub token: String,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}
