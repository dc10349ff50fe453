//! What the verbs about keys and about who is trusted take.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueHint};
use lictor::{KeyId, PolicyName, PublicKey, TenantName, UnixMs, Version};

use super::moment;
use super::remote::RemoteArguments;

/// What `keys` takes.
#[derive(Debug, Args)]
pub struct KeysArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key that signs, in a file that nobody else can read, and print its id
    #[command(after_long_help = "Examples:
  lictor keys new author.key
  lictor keys new author.key --passphrase-file passphrase")]
    New(KeysNewArguments),

    /// Print the id of a key, which is its public half
    Export(KeysExportArguments),

    /// Show whom a host trusts, or what a keyring file says
    List(KeysListArguments),

    /// Trust a key to sign policies for tenants, or to sign changes of who is trusted
    ///
    /// With `--first` this founds the keyring of a host that has none: the keys of `--key` become those that sign changes.
    #[command(after_long_help = "Examples:
  lictor keys trust ed25519:... --owner alice --tenants bank --state state --key operator.key --first
  lictor keys trust ed25519:... --owner bob --tenants '*' --policies spend-limit --until 2027-01-31 \\
    --state state --key operator.key
  lictor keys trust ed25519:... --owner carol --updates --state state --key operator.key")]
    Trust(KeysTrustArguments),

    /// Trust a key, an artifact or a component no longer, from the next decision on
    #[command(after_long_help = "Examples:
  lictor keys revoke ed25519:... --why 'laptop lost' --state state --key operator.key
  lictor keys revoke blake3:... --state state --key operator.key")]
    Revoke(KeysRevokeArguments),

    /// Let a new key take the place of an old one
    ///
    /// The new key may do what the old one may. The old one admits nothing more after `--until`; what it signed and was
    /// admitted goes on running.
    Rotate(KeysRotateArguments),

    /// Say how many keys must sign for a tenant, or a change of who is trusted
    #[command(after_long_help = "Examples:
  lictor keys threshold 2 --tenant bank --state state --key operator.key
  lictor keys threshold 2 --updates --state state --key operator.key")]
    Threshold(KeysThresholdArguments),

    /// Say which versions of a policy a tenant may no longer install
    ///
    /// `keys list` shows what is set. What was admitted goes on running; `keys revoke` stops it.
    #[command(after_long_help = "Examples:
  lictor keys floor 1.2.0 --tenant bank --policy spend-limit --state state --key operator.key
  lictor keys floor none --tenant bank --policy spend-limit --state state --key operator.key")]
    Floor(KeysFloorArguments),

    /// Add a signature to a change, or to a rollback, that is in a file
    Cosign(KeysCosignArguments),

    /// Put a change that is in a file into effect
    Install(KeysInstallArguments),

    /// Write a statement that something older may take the place of something newer, once
    #[command(after_long_help = "Examples:
  lictor keys allow-rollback --tenant bank --policy spend-limit --from 1.1.0 --to 1.0.0 \\
    --until 2027-01-31 --key operator.key --output rollback.json
  lictor keys allow-rollback --from 7 --to-keyring keyring-5.json --until 2027-01-31 \\
    --key operator.key --output rollback.json")]
    AllowRollback(KeysAllowRollbackArguments),
}

// --- What several have in common

/// Where a passphrase is.
#[derive(Clone, Debug, Args)]
pub struct PassphraseArguments {
    /// The passphrase of the key: a file that nobody else can read, or `-` for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Keys")]
    pub passphrase_file: Option<PathBuf>,
}

/// The keys that sign.
#[derive(Debug, Args)]
pub struct KeyArguments {
    /// A key that signs: a file that nobody else can read, or `-` for standard input; may be given more than once
    #[arg(short, long, required = true, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Keys")]
    pub key: Vec<PathBuf>,

    /// Their passphrase.
    #[command(flatten)]
    pub passphrase: PassphraseArguments,
}

/// A host that may be running by its state folder, or one that serves by its address.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").args(["state", "server"]).required(true))]
pub struct HostFolderArguments {
    /// The state folder of the host; a running host does what is asked itself, else it is done in the folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,

    /// Its server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// The state folder of a host that is at rest.
#[derive(Debug, Args)]
pub struct StateFolderArguments {
    /// The state folder of the host, which must not be running
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub state: PathBuf,
}

/// A host's state folder or a keyring file: whom to believe.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("trusted").required(true))]
pub struct TrustedArguments {
    /// The state folder of the host, which must not be running
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, group = "trusted")]
    pub state: Option<PathBuf>,

    /// A keyring file, which you vouch for by naming it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "trusted")]
    pub keyring: Option<PathBuf>,
}

/// Who makes a change, and why.
#[derive(Debug, Args)]
pub struct ReasonArguments {
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", help_heading = "Journal")]
    pub why: Option<String>,

    /// Who makes the change, for the journal [default: your user's name]
    #[arg(long, value_name = "NAME", help_heading = "Journal")]
    pub by: Option<String>,
}

/// A change of who is trusted.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostFolderArguments,

    /// By which keys.
    #[command(flatten)]
    pub keys: KeyArguments,

    /// Write the signed change to this file and leave the host as it is; `keys install` puts it into effect
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// What it may stop.
    #[command(flatten)]
    pub stop: StopArguments,

    /// By whom and why.
    #[command(flatten)]
    pub reason: ReasonArguments,
}

/// Whether a change may stop what was admitted. One that would is refused otherwise, but for a revocation, which is for that.
#[derive(Debug, Args)]
pub struct StopArguments {
    /// Print what the change would stop, and change nothing
    #[arg(long, help_heading = "Stopping")]
    pub dry_run: bool,

    /// Make the change although it stops what was admitted
    #[arg(long, help_heading = "Stopping")]
    pub stop: bool,
}

// --- One verb each

/// What `keys new` takes.
#[derive(Debug, Args)]
pub struct KeysNewArguments {
    /// The file to make; it must not exist
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Its passphrase.
    #[command(flatten)]
    pub passphrase: PassphraseArguments,
}

/// What `keys export` takes.
#[derive(Debug, Args)]
pub struct KeysExportArguments {
    /// The file of the key, or `-` for standard input
    #[arg(value_name = "KEYFILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Its passphrase.
    #[command(flatten)]
    pub passphrase: PassphraseArguments,
}

/// What `keys list` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").args(["state", "server", "keyring"]).required(true))]
pub struct KeysListArguments {
    /// The state folder of the host, which may be running
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,

    /// Its server.
    #[command(flatten)]
    pub remote: RemoteArguments,

    /// A keyring file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub keyring: Option<PathBuf>,

    /// Print the keyring as JSON, which `--keyring` takes
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `keys trust` takes.
#[derive(Debug, Args)]
pub struct KeysTrustArguments {
    /// The key
    #[arg(value_name = "KEYID")]
    pub id: PublicKey,

    /// Who has it, for people to read
    #[arg(long, value_name = "NAME")]
    pub owner: String,

    /// The tenants that it may sign for, with commas between them, or `*` for all
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        required_unless_present = "updates"
    )]
    pub tenants: Vec<String>,

    /// The policies that it may sign, with commas between them [default: all]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        requires = "tenants"
    )]
    pub policies: Vec<String>,

    /// When its signatures begin to admit artifacts: `2027-01-31` or `2027-01-31T12:00:00Z`, in UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<UnixMs>,

    /// When they cease to
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<UnixMs>,

    /// It may sign changes of who is trusted, and rollbacks
    #[arg(long)]
    pub updates: bool,

    /// Found the keyring of a host that has none
    #[arg(long)]
    pub first: bool,

    /// The change.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// What `keys revoke` takes.
#[derive(Debug, Args)]
pub struct KeysRevokeArguments {
    /// A key (`ed25519:...`), or the digest of an artifact (`blake3:...`)
    #[arg(value_name = "KEYID|DIGEST")]
    pub target: String,

    /// The digest is that of a component, whoever signed it as whatever
    #[arg(long)]
    pub component: bool,

    /// The change.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// What `keys rotate` takes.
#[derive(Debug, Args)]
pub struct KeysRotateArguments {
    /// The old key
    #[arg(value_name = "OLD")]
    pub old: KeyId,

    /// The new key
    #[arg(value_name = "NEW")]
    pub new: PublicKey,

    /// When the old key's signatures cease to admit artifacts [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<UnixMs>,

    /// The change.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// What `keys threshold` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of").required(true))]
pub struct KeysThresholdArguments {
    /// How many keys
    #[arg(value_name = "COUNT")]
    pub count: u32,

    /// Must sign for this tenant
    #[arg(long, value_name = "NAME", group = "of")]
    pub tenant: Option<TenantName>,

    /// Must sign a change of who is trusted, or a rollback
    #[arg(long, group = "of")]
    pub updates: bool,

    /// The change.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// What `keys floor` takes.
#[derive(Debug, Args)]
pub struct KeysFloorArguments {
    /// The lowest version that may be installed, or `none`
    #[arg(value_name = "VERSION|none", value_parser = version_or_none)]
    pub version: VersionOrNone,

    /// By which tenant; `base` means the layer of policies for all
    #[arg(long, value_name = "NAME")]
    pub tenant: TenantName,

    /// Of which policy
    #[arg(long, value_name = "NAME")]
    pub policy: PolicyName,

    /// The change.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// A version, or none.
pub type VersionOrNone = Option<Version>;

fn version_or_none(typed: &str) -> Result<VersionOrNone, String> {
    match typed {
        "none" => Ok(None),
        typed => typed
            .parse()
            .map(Some)
            .map_err(|_| format!("`{typed}` is neither a version such as `1.2.0` nor `none`")),
    }
}

/// What `keys cosign` takes.
#[derive(Debug, Args)]
pub struct KeysCosignArguments {
    /// The file, which is rewritten
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// By which keys.
    #[command(flatten)]
    pub keys: KeyArguments,
}

/// What `keys install` takes.
#[derive(Debug, Args)]
pub struct KeysInstallArguments {
    /// The signed change
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Where.
    #[command(flatten)]
    pub place: HostFolderArguments,

    /// Found the keyring of a host that has none: you vouch for the file
    #[arg(long, conflicts_with = "rollback")]
    pub first: bool,

    /// A rollback, where the file is older than what is in effect
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rollback: Option<PathBuf>,

    /// What it may stop.
    #[command(flatten)]
    pub stop: StopArguments,

    /// By whom and why.
    #[command(flatten)]
    pub reason: ReasonArguments,
}

/// What `keys allow-rollback` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("back").required(true))]
pub struct KeysAllowRollbackArguments {
    /// Whose policy
    #[arg(long, value_name = "NAME", required_unless_present = "to_keyring")]
    pub tenant: Option<TenantName>,

    /// Which policy
    #[arg(long, value_name = "NAME", required_unless_present = "to_keyring")]
    pub policy: Option<PolicyName>,

    /// The version in use: the policy's highest that was seen, or the keyring's
    #[arg(long, value_name = "VERSION")]
    pub from: String,

    /// The version of the policy that may be installed
    #[arg(long, value_name = "VERSION", group = "back")]
    pub to: Option<Version>,

    /// The keyring file that may be installed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "back", conflicts_with_all = ["tenant", "policy"])]
    pub to_keyring: Option<PathBuf>,

    /// The last moment at which it may be used
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: UnixMs,

    /// The file to write
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: PathBuf,

    /// By which keys.
    #[command(flatten)]
    pub keys: KeyArguments,
}
