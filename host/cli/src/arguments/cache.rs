//! What the verbs about the cache of native code take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

/// What `cache` takes.
#[derive(Debug, Args)]
pub struct CacheArguments {
    /// What to do with it.
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// What can be done with a cache.
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Compile components into the cache, unless they are there
    ///
    /// Native code is of one version of this program. Run this with a new version while the old one still serves from the same
    /// cache, and the new one will start as quickly as the old one would.
    #[command(after_long_help = "Examples:
  lictor cache prepare policies --cache /var/cache/lictor --key /etc/lictor/host.key
  lictor cache prepare spend-limit-1.0.0.wasm --cache cache --key host.key")]
    Prepare(CachePrepareArguments),

    /// Show what is in the cache, the oldest use first
    List(CachePlaceArguments),

    /// Remove everything from the cache, other versions' native code too
    Clear(CachePlaceArguments),
}

/// What `cache prepare` takes.
#[derive(Debug, Args)]
pub struct CachePrepareArguments {
    /// Components, or folders that hold components: all files in them that end in `.wasm`
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Which cache.
    #[command(flatten)]
    pub place: CachePlaceArguments,
}

/// Where a cache is.
#[derive(Debug, Args)]
pub struct CachePlaceArguments {
    /// The folder of the cache; it is made where it is missing, and must be this user's alone
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, help_heading = "Cache")]
    pub cache: PathBuf,

    /// The file of the host key, outside of that folder; it is made where it is missing, and must be this user's alone
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Cache")]
    pub key: PathBuf,

    /// The most bytes that the cache keeps, the oldest use going first [default: 4 GiB]
    #[arg(long, value_name = "BYTES", help_heading = "Cache")]
    pub cache_bytes: Option<u64>,
}
