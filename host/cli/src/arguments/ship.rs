//! What the verbs about artifacts on their way take: signing, verifying, registries.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use lictor::{PolicyName, TenantName, UnixMs, Version};

use super::keys::{KeyArguments, TrustedArguments};
use super::moment;

/// What `sign` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor sign no-crypto --key author.key
  lictor sign spend-limit-1.0.0.wasm --key author.key --schema parameters.schema.json --fuel 2000000
  lictor sign spend-limit-1.0.0.signed.wasm --key reviewer.key    Add a signature")]
pub struct SignArguments {
    /// The policy: a component, the folder of a policy crate, which is built first, or a signed file, which gets one more signature
    #[arg(value_name = "POLICY", value_hint = ValueHint::AnyPath)]
    pub policy: PathBuf,

    /// By which keys.
    #[command(flatten)]
    pub keys: KeyArguments,

    /// The file to write [default: beside the component, ending in `.signed.wasm`; a signed file itself]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// How it was built, as a second statement: an in-toto statement of SLSA provenance about the same component, signed by the
    /// first key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub provenance: Option<PathBuf>,

    /// What is signed.
    #[command(flatten)]
    pub manifest: ManifestArguments,
}

/// What a manifest says besides what stands in the component.
#[derive(Debug, Args)]
#[command(next_help_heading = "Manifest")]
pub struct ManifestArguments {
    /// The policy's name [default: the crate's, or what the file's name says]
    #[arg(long = "policy", id = "policy-name", value_name = "NAME")]
    pub policy_name: Option<PolicyName>,

    /// Its version [default: the crate's, or what the file's name says]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,

    /// The JSON Schema that parameters must meet
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub schema: Option<PathBuf>,

    /// The fuel that an evaluation asks for
    #[arg(long, value_name = "UNITS")]
    pub fuel: Option<u64>,

    /// The memory that it asks for
    #[arg(long, value_name = "BYTES")]
    pub memory_bytes: Option<usize>,

    /// The time that it asks for
    #[arg(long, value_name = "MS")]
    pub deadline_ms: Option<u64>,

    /// The fuel that preparing it asks for
    #[arg(long, value_name = "UNITS")]
    pub setup_fuel: Option<u64>,

    /// The time that preparing it asks for
    #[arg(long, value_name = "MS")]
    pub setup_deadline_ms: Option<u64>,

    /// When hosts may begin to use it: `2027-01-31` or `2027-01-31T12:00:00Z`, in UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub not_before: Option<UnixMs>,

    /// After when no host may begin to use it
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub not_after: Option<UnixMs>,
}

/// What `verify` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor verify spend-limit-1.0.0.wasm --tenant bank --state state
  lictor verify spend-limit-1.0.0.wasm --tenant bank --keyring keyring.json --at 2027-01-31 --json")]
pub struct VerifyArguments {
    /// The signed file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The tenant that it is for
    #[arg(long, value_name = "NAME")]
    pub tenant: TenantName,

    /// Whom to believe.
    #[command(flatten)]
    pub trusted: TrustedArguments,

    /// When it would be installed: `2027-01-31` or `2027-01-31T12:00:00Z`, in UTC [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<UnixMs>,

    /// An operator's leave to install a lower version
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "at")]
    pub rollback: Option<PathBuf>,

    /// Print JSON, also where it is refused
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// How a registry is talked to.
#[derive(Debug, Args)]
pub struct RegistryArguments {
    /// Talk to the registry without encryption, credentials too; one on this machine (`localhost`, `127.0.0.1`, `[::1]`) is
    /// always asked so
    #[arg(long, help_heading = "Registry")]
    pub plain_http: bool,

    /// Authorities to trust besides the system's: PEM certificates
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Registry")]
    pub authorities: Option<PathBuf>,
}

/// What `push` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor push no-crypto-0.1.0.signed.wasm oci://registry.example/policies/no-crypto:0.1.0
  lictor push no-crypto-0.1.0.signed.wasm dir:/srv/policies#no-crypto
  lictor push no-crypto-0.1.0.signed.wasm oci://localhost:5000/no-crypto    Without encryption

Credentials are Docker's: `docker login` stores them, and `DOCKER_CONFIG` says where.")]
pub struct PushArguments {
    /// The signed file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Where to: `oci://HOST[/PATH]/POLICY[:VERSION]` or `dir:PATH#POLICY[:VERSION]`; the version is the artifact's
    #[arg(value_name = "REFERENCE")]
    pub reference: String,

    /// Replace the version where it is there with other bytes, for instance with one signature less
    #[arg(long)]
    pub replace: bool,

    /// The registry.
    #[command(flatten)]
    pub registry: RegistryArguments,
}

/// What `pull` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor pull oci://registry.example/policies/no-crypto:0.1.0
  lictor pull dir:/srv/policies#no-crypto:0.1.0 --output no-crypto.wasm
  lictor pull oci://registry.example/policies/no-crypto@sha256:... --cache cache")]
pub struct PullArguments {
    /// Where from, with a version (`:1.2.3`) or a digest (`@sha256:...`)
    #[arg(value_name = "REFERENCE")]
    pub reference: String,

    /// The file to write [default: POLICY-VERSION.wasm in this folder]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// A folder that keeps what was pulled
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub cache: Option<PathBuf>,

    /// Where the registry can't be reached, take what the version was when it was last asked
    #[arg(long, requires = "cache")]
    pub offline: bool,

    /// The registry.
    #[command(flatten)]
    pub registry: RegistryArguments,
}

/// What `versions` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor versions oci://registry.example/policies/no-crypto
  lictor versions dir:/srv/policies#no-crypto --json")]
pub struct VersionsArguments {
    /// Which policy: `oci://HOST[/PATH]/POLICY` or `dir:PATH#POLICY`
    #[arg(value_name = "REPOSITORY")]
    pub repository: String,

    /// The registry.
    #[command(flatten)]
    pub registry: RegistryArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}
