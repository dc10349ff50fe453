//! What looking for what is wrong takes.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::operate::HostPlaceArguments;
use super::ship::RegistryArguments;

/// What `doctor` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor doctor --state state
  lictor doctor --state state --settings lictor.toml --repository oci://registry.example/policies/no-crypto
  lictor doctor --server https://pdp.example.com:8182 --json")]
pub struct DoctorArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// The settings of the server: its certificates and addresses are looked at too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub settings: Option<PathBuf>,

    /// How many evaluations may be in flight, as the host is told
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub slots: u32,

    /// A policy in the registry that policies come from, `oci://HOST[/PATH]/POLICY` or `dir:PATH#POLICY`: whether it can be reached
    #[arg(long, value_name = "REPOSITORY")]
    pub repository: Option<String>,

    /// The registry.
    #[command(flatten)]
    pub registry: RegistryArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}
