//! What the verbs have in common that an operator gives to a host: where it is, and in whose name.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};
use lictor::TenantName;

use super::keys::ReasonArguments;
use super::remote::RemoteArguments;

/// A host, running or not, by its state folder, or one that serves by its address.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").args(["state", "server"]).required(true))]
pub struct HostPlaceArguments {
    /// The state folder of the host; a running host does what is asked itself, else it is done in the folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,

    /// Its server.
    #[command(flatten)]
    pub remote: RemoteArguments,

    /// Its cache.
    #[command(flatten)]
    pub cache: HostCacheArguments,
}

/// Where a host keeps native code. A running host has its own.
#[derive(Debug, Default, Args)]
pub struct HostCacheArguments {
    /// The folder of the host's cache of native code [default: no cache, so that policies are compiled at each start]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, help_heading = "Cache", requires = "cache_key")]
    pub cache: Option<PathBuf>,

    /// The file of the host key, outside of that folder
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Cache", requires = "cache")]
    pub cache_key: Option<PathBuf>,
}

/// A change at a host.
#[derive(Debug, Args)]
pub struct OrderArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// By whom and why.
    #[command(flatten)]
    pub reason: ReasonArguments,
}

/// A change for one tenant.
#[derive(Debug, Args)]
pub struct TenantOrderArguments {
    /// The tenant, or `base` for the operator's layer, which every tenant gets
    #[arg(long, value_name = "TENANT")]
    pub tenant: TenantName,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// A look at something of one tenant.
#[derive(Debug, Args)]
pub struct TenantLookArguments {
    /// The tenant, or `base` for the operator's layer, which every tenant gets
    #[arg(long, value_name = "TENANT")]
    pub tenant: TenantName,

    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,
}
