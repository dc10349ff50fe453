//! What several commands have in common: which policy, what it is bound with, and its limits.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// A policy and what it is bound with.
#[derive(Debug, Args)]
pub struct PolicyArguments {
    /// The policy: a component, or the folder of a policy crate, which is built first
    #[arg(value_name = "POLICY", value_hint = ValueHint::AnyPath)]
    pub policy: PathBuf,

    /// The parameters: a JSON object, or the file that holds one [default: {}]
    #[arg(short, long, value_name = "JSON|FILE", help_heading = "Binding")]
    pub parameters: Option<String>,

    /// A JSON document that the policy may read under this name; may be given more than once
    #[arg(short, long, value_name = "NAME=FILE", help_heading = "Binding")]
    pub data: Vec<String>,

    /// The time of the request: RFC 3339 in UTC, or milliseconds since 1970 [default: now]
    #[arg(long, value_name = "TIME", help_heading = "Binding")]
    pub now: Option<String>,

    /// Its limits.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// The limits of each evaluation.
#[derive(Debug, Args)]
pub struct LimitArguments {
    /// The set of limits to begin with
    #[arg(
        long,
        value_name = "PROFILE",
        default_value = "compiled",
        help_heading = "Limits"
    )]
    pub profile: ProfileName,

    /// Fuel: about one unit per WebAssembly operator [default: the profile's]
    #[arg(long, value_name = "UNITS", help_heading = "Limits")]
    pub fuel: Option<u64>,

    /// Memory in bytes [default: the profile's]
    #[arg(long, value_name = "BYTES", help_heading = "Limits")]
    pub memory_bytes: Option<usize>,

    /// Time in milliseconds [default: the profile's]
    #[arg(long, value_name = "MS", help_heading = "Limits")]
    pub deadline_ms: Option<u64>,
}

/// A named set of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileName {
    /// For compiled languages: fuel 10 million, 16 MiB of memory, 50 ms, a component of 8 MiB
    Compiled,
    /// For policies that carry an interpreter: fuel 100 million, 64 MiB, 250 ms, a component of 32 MiB
    Interpreted,
}
