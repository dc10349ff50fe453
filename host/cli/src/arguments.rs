//! What can be typed: every command and flag with its help. Nothing here is validated beyond its shape, and nothing acts.

mod breaker;
mod cache;
mod data;
mod deploy;
mod doctor;
mod host;
mod keys;
mod operate;
mod policy;
mod records;
mod remote;
mod rollout;
mod serve;
mod ship;
mod state;
mod suspend;
mod tenant;

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub use breaker::{BreakerArguments, BreakerCloseArguments, BreakerCommand, BreakerListArguments};
pub use cache::{CacheArguments, CacheCommand, CachePlaceArguments, CachePrepareArguments};
pub use data::{
    DataArguments, DataCommand, DataGetArguments, DataListArguments, DataPatchArguments,
    DataPutArguments, DataRemoveArguments,
};
pub use deploy::{ChangeSetArguments, DeployArguments, WithdrawArguments};
pub use doctor::DoctorArguments;
pub use host::{HostArguments, StatusArguments};
pub use keys::{
    ChangeArguments, HostFolderArguments, KeyArguments, KeysAllowRollbackArguments, KeysArguments,
    KeysCommand, KeysCosignArguments, KeysExportArguments, KeysFloorArguments,
    KeysInstallArguments, KeysListArguments, KeysNewArguments, KeysRevokeArguments,
    KeysRotateArguments, KeysThresholdArguments, KeysTrustArguments, PassphraseArguments,
    ReasonArguments, StopArguments, TrustedArguments,
};
pub use operate::{HostCacheArguments, HostPlaceArguments, OrderArguments};
pub use policy::{LimitArguments, PolicyArguments, ProfileName};
pub use records::{RecordArguments, RecordsArguments};
pub use remote::RemoteArguments;
pub use rollout::{
    RolloutArguments, RolloutCommand, RolloutLookArguments, RolloutMoveArguments,
    RolloutPreviewArguments, RolloutStatusArguments,
};
pub use serve::{
    RoleName, ServeArguments, TokenArguments, TokenCommand, TokenIssueArguments,
    TokenListArguments, TokenRevokeArguments,
};
pub use ship::{
    ManifestArguments, PullArguments, PushArguments, RegistryArguments, SignArguments,
    VerifyArguments, VersionsArguments,
};
pub use state::{
    StateArguments, StateCheckArguments, StateCommand, StateExportArguments, StateImportArguments,
    StateJournalArguments, StateVersionsArguments,
};
pub use suspend::{SuspendArguments, SuspensionsArguments, UnsuspendArguments};
pub use tenant::{
    OnFailure, RateChange, TenantArguments, TenantChangeArguments, TenantCommand,
    TenantListArguments, TenantRemoveArguments, TenantShowArguments,
};

use lictor::{Effect, UnixMs};

use crate::exit::Exit;
use crate::time;

/// Decides whether an action may happen, by sandboxed policies.
///
/// A policy is a WebAssembly component that allows an action, denies it, sends it to a person for review, or abstains. This
/// program makes policies, builds, tries and tests them, signs them and takes them to where they run, and runs them.
///
/// Data goes to standard output, notes and errors go to standard error.
#[derive(Debug, Parser)]
#[command(name = "lictor", version, after_long_help = after_help(), max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// When to use colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub color: ColorWhen,
}

fn after_help() -> String {
    format!(
        "Examples:
  lictor new no-crypto              Make a policy crate
  lictor test no-crypto             Run its cases
  lictor build no-crypto            Build it to a component
  lictor eval no-crypto --explain '{{\"subject\": {{...}}, ...}}'
                                    Decide a request and show what the policy looked at

Exit codes:
{}",
        Exit::table()
    )
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// One verb each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a policy crate that builds and passes its tests
    ///
    /// The crate has a short policy in Rust with parameters, native tests, cases for `lictor test`, and in `vendor` the SDK
    /// that it is written with, so that it needs nothing but Rust and crates.io.
    New(NewArguments),

    /// Build a policy crate to a component
    ///
    /// Compiles the crate for `wasm32-unknown-unknown`, wraps the module as a component and prints its path. The compile
    /// target is added through rustup where it is missing. The same source, lock file and toolchain give the same bytes on
    /// any machine.
    ///
    /// Where the crate's manifest has them, `policy` (a name), `stack-bytes` and `memory-bytes` in
    /// `[package.metadata.lictor]` replace the crate's name, a stack of 16 KiB and a memory at start of 192 KiB.
    Build(BuildArguments),

    /// Show what a component is: its imports, exports, size, digest, how it starts, and what its signatures claim
    Inspect(InspectArguments),

    /// Decide a request
    ///
    /// Prints what the policy decides: the effect, then its reasons and obligations. A fault of the policy is no decision: it
    /// goes to standard error, and the exit code says who is to blame.
    Eval(EvalArguments),

    /// Run cases against a policy and show what is otherwise than expected
    ///
    /// Cases stand in files that end in `.yaml`, `.yml` or `.json`: one case, a list of cases, or `cases` with `defaults`. A
    /// case has a `name`, a `request` and what to `expect`: the `effect`, and where given the codes of the `reasons`, the ids of
    /// the `obligations` and the questions that were `observed`, in order; or `refused`, a part of the message with which the
    /// policy refuses its parameters. `parameters`, `data` (documents by name) and `now` may stand beside it.
    Test(TestArguments),

    /// Measure how long a policy takes and how much fuel it uses
    ///
    /// Evaluates the requests in turn on one thread, each in an instance of its own as always, and prints the distribution.
    Bench(BenchArguments),

    /// Make keys, and say whom a host trusts to sign what
    ///
    /// Who is trusted stands in the keyring of a host's state folder. Each change makes the keyring's next version, signed by
    /// keys that the present one trusts for that; where they are too few, `--output` writes the change to a file, colleagues
    /// sign it with `keys cosign`, and `keys install` puts it into effect.
    Keys(KeysArguments),

    /// Sign a policy
    ///
    /// Writes one file that holds the component, what its author says about it (name, version, imports, limits, schema) and the
    /// signatures, and prints its path.
    Sign(SignArguments),

    /// Say whether a signed file may be installed for a tenant, by which key and until when, or which check fails
    Verify(VerifyArguments),

    /// Take a signed file to a registry, and print what it can be pulled by
    Push(PushArguments),

    /// Fetch a signed file from a registry and print its path; nobody has verified it then
    Pull(PullArguments),

    /// List the versions of a policy in a registry, the lowest first
    Versions(VersionsArguments),

    /// Run a host: do what its operators ask, and decide requests from a file or a pipe
    ///
    /// Prints each decision as a line of JSON. Ends with the last request, or when it is told to by SIGTERM or SIGINT, after what
    /// is in flight is done. Meanwhile `tenant`, `deploy`, `data` and the others that take `--state` ask this host.
    Host(HostArguments),

    /// Run a host that others reach over HTTP: AuthZEN, OPA's data API, health
    ///
    /// Needs no settings for a first start: it makes the state folder, listens on loopback and prints a first token once. On
    /// SIGTERM it says that it is not ready, answers what is in flight and ends; SIGHUP has it read its settings and
    /// certificates again.
    /// Meanwhile `tenant`, `deploy`, `data` and the others that take `--state` ask this host.
    Serve(ServeArguments),

    /// Print the records of what a running host decided: the audit log, a line of JSON each
    ///
    /// The host writes them where it was told to with `--records`. The last place is told on standard error, so that a later call goes
    /// on there.
    Records(RecordsArguments),

    /// Make, list and revoke the tokens by which others speak to a host that serves
    Token(TokenArguments),

    /// Say how a host is, and end with 1 where an operator has to look at something
    Status(StatusArguments),

    /// Say what is wrong with a host and its machine, and what to do about it
    ///
    /// Looks at the host's own troubles, its keys and its clock; with `--state` also at the folder, the machine's limits, memory and
    /// processors. Changes nothing, and ends with 1 where something is wrong.
    Doctor(DoctorArguments),

    /// Take tenants in, change them and let them go
    Tenant(TenantArguments),

    /// Put policies and data into use for a tenant, at once or step by step
    ///
    /// The host verifies the artifacts for the tenant, compiles them and checks their parameters; no request fails meanwhile.
    /// What replaces nothing then decides at once. What replaces something becomes a rollout by a plan: compared with
    /// what is in use, then deciding for a share of the subjects, then for all, and back by itself when it misbehaves. Prints
    /// the rollout's name.
    Deploy(DeployArguments),

    /// Look at rollouts, and move them on or back
    Rollout(RolloutArguments),

    /// Take a policy out of use
    Withdraw(WithdrawArguments),

    /// Show which policies aren't run for a while because they fault, and have them run again
    Breaker(BreakerArguments),

    /// Put, show and take away the JSON documents that policies may read
    Data(DataArguments),

    /// Stop an agent, a tenant or a policy at once
    ///
    /// It counts from the next decision on, remembered ones included, and for requests that wait already. It is in force even
    /// where it can't be written down, which is said; it outlives a restart once it is written.
    Suspend(SuspendArguments),

    /// Let what was suspended go on
    Unsuspend(UnsuspendArguments),

    /// List what is suspended
    Suspensions(SuspensionsArguments),

    /// Check, export or import the state of a host: its keyring, versions seen and journal
    State(StateArguments),

    /// Fill, show or clear the cache of native code
    Cache(CacheArguments),

    /// See it all at once: build the example policies and decide with them
    ///
    /// Decides the recorded requests of an agent fleet for two tenants with opposite rules, replaces a version under load and
    /// stops a hostile policy. Needs the sources of Lictor, whose example policies it builds.
    Demo(DemoArguments),

    /// Print a script that completes commands in a shell
    Completions(CompletionsArguments),
}

/// What `new` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor new no-crypto              In the folder `no-crypto`
  lictor new policies/no-crypto     In a folder further down
  lictor new here --name no-crypto  In a folder of another name")]
pub struct NewArguments {
    /// The folder to make; it must not exist, or be empty
    #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub path: PathBuf,

    /// The name of the policy and its crate [default: the folder's name]
    ///
    /// Lower-case letters, digits and inner hyphens, beginning with a letter.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// What `build` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor build                                The crate in this folder
  lictor build policies/no-crypto             The crate in another folder
  lictor build policies/no-crypto -o out.wasm To a file of your choice")]
pub struct BuildArguments {
    /// The folder of the policy crate
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::DirPath)]
    pub path: PathBuf,

    /// The file to write [default: policies/<policy>-<version>.wasm in cargo's target folder]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Require that `Cargo.lock` is there and up to date
    #[arg(long)]
    pub locked: bool,
}

/// What `inspect` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor inspect spend-limit-1.0.0.wasm
  lictor inspect spend-limit-1.0.0.wasm --json | jq .imports")]
pub struct InspectArguments {
    /// The policy: a component, or the folder of a policy crate, which is built first
    #[arg(value_name = "POLICY", value_hint = ValueHint::AnyPath)]
    pub policy: PathBuf,

    /// The parameters for a policy that prepares itself: a JSON object, or the file that holds one [default: {}]
    #[arg(short, long, value_name = "JSON|FILE")]
    pub parameters: Option<String>,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Print how it was built, as its builder is said to have said, and nothing else: JSON that nobody has verified
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub provenance: bool,

    /// Its limits.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// What `eval` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor eval spend-limit-1.0.0.wasm request.json
  lictor eval spend-limit-1.0.0.wasm --explain '{\"subject\": {\"type\": \"agent\", \"id\": \"a\"}, ...}'
  lictor eval plugins/todo request.json --data users=users.json
  lictor eval tool-access-1.0.0.wasm --parameters roles.json --expect allow < request.json")]
pub struct EvalArguments {
    /// The policy and what it is bound with.
    #[command(flatten)]
    pub policy: PolicyArguments,

    /// The request: a JSON object, the file that holds one, or `-` for standard input
    #[arg(value_name = "REQUEST", default_value = "-", value_hint = ValueHint::FilePath)]
    pub request: String,

    /// End with 1 unless the effect is this one: abstain, allow, review or deny
    #[arg(long, value_name = "EFFECT", value_parser = effect)]
    pub expect: Option<Effect>,

    /// Show what the policy asked and was answered, in order, what it logged, and its fuel and time
    #[arg(long, help_heading = "Output")]
    pub explain: bool,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `test` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor test                                        The policy crate in this folder
  lictor test plugins/todo                           Another crate
  lictor test cases --policy spend-limit-1.0.0.wasm  Cases against a component
  lictor test --junit report.xml                     With a report for a build server

A case:
  name: a large payment is denied
  parameters: {limits: {pay: {standard: 100}}}
  request:
    subject: {type: agent, id: a}
    action: {name: pay}
    resource: {type: invoice, id: i}
    context: {amount: 100.01, currency: USD}
  expect: {effect: deny, reasons: [over-limit]}")]
pub struct TestArguments {
    /// The folder of a policy crate, whose cases are in `cases`; or a folder of cases, or one file of them
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub path: PathBuf,

    /// The policy: a component, or the folder of a policy crate [default: the crate that the cases stand in]
    #[arg(long, value_name = "POLICY", value_hint = ValueHint::AnyPath)]
    pub policy: Option<PathBuf>,

    /// Write a report in JUnit's XML to this file as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub junit: Option<PathBuf>,

    /// How many cases run at once [default: one for each processor]
    #[arg(long, value_name = "COUNT")]
    pub jobs: Option<NonZeroUsize>,

    /// The limits.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// What `bench` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor bench spend-limit-1.0.0.wasm request.json
  lictor bench spend-limit-1.0.0.wasm small.json large.json --evaluations 100000
  lictor bench plugins/todo request.json --data users=users.json --json
  lictor bench --recall spend-limit-1.0.0.wasm monday.json tuesday.json")]
pub struct BenchArguments {
    /// The policy and what it is bound with.
    #[command(flatten)]
    pub policy: PolicyArguments,

    /// The requests: JSON objects, or files that hold one each, or `-` for standard input
    #[arg(value_name = "REQUEST", required = true, value_hint = ValueHint::FilePath)]
    pub requests: Vec<String>,

    /// Measure with memory: how much is recalled, how fast, and which questions stand in the way
    #[arg(long)]
    pub recall: bool,

    /// How many evaluations are measured
    #[arg(short = 'n', long, value_name = "COUNT", default_value = "10000")]
    pub evaluations: NonZeroU32,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// A checkout of Lictor's sources [default: the one that this program was built from]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub sources: Option<PathBuf>,
}

fn moment(typed: &str) -> Result<UnixMs, time::TimeError> {
    time::moment(typed)
}

fn effect(typed: &str) -> Result<Effect, String> {
    Effect::ALL
        .into_iter()
        .find(|effect| effect.as_str() == typed)
        .ok_or_else(|| "known are `abstain`, `allow`, `review` and `deny`".to_owned())
}

/// What `completions` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  lictor completions bash > ~/.local/share/bash-completion/completions/lictor
  lictor completions zsh > ~/.zfunc/_lictor
  lictor completions fish > ~/.config/fish/completions/lictor.fish")]
pub struct CompletionsArguments {
    /// The shell
    pub shell: clap_complete::Shell,
}
