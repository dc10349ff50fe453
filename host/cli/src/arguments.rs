//! What can be typed: every command and flag with its help. Nothing here is validated beyond its shape, and nothing acts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::exit::Exit;

/// Decides whether an action may happen, by sandboxed policies.
///
/// A policy is a WebAssembly component that allows an action, denies it, sends it to a person for review, or abstains. This
/// program makes policies, builds them, tries them on requests and tests them.
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
