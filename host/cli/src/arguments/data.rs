//! What the verbs about data documents take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use lictor::DocumentName;

use super::operate::{TenantLookArguments, TenantOrderArguments};

/// What `data` takes.
#[derive(Debug, Args)]
pub struct DataArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,
}

/// What can be done with data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Put documents, all at once, each in the place of one of the same name
    ///
    /// No request sees some of them old and some new.
    #[command(after_long_help = "Examples:
  lictor data put users=users.json --tenant bank --state state
  lictor data put users=users.json roles=roles.json --tenant bank --state state --why 'new staff'")]
    Put(DataPutArguments),

    /// Change members of a document, and leave the others as they are
    ///
    /// Merges a JSON merge patch (RFC 7396): members of the patch replace those of the same name, and `null` takes one away. What
    /// others put meanwhile is not lost.
    #[command(after_long_help = "Examples:
  lictor data patch users ada.json --tenant bank --state state
  echo '{\"ada\": {\"role\": \"user\"}, \"bob\": null}' | lictor data patch users - --tenant bank --state state")]
    Patch(DataPatchArguments),

    /// Print a document
    Get(DataGetArguments),

    /// List the documents
    List(DataListArguments),

    /// Take a document away
    Remove(DataRemoveArguments),
}

/// What `data put` takes.
#[derive(Debug, Args)]
pub struct DataPutArguments {
    /// A name and the file that holds the JSON; `-` is standard input
    #[arg(value_name = "NAME=FILE", required = true)]
    pub documents: Vec<String>,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,
}

/// What `data patch` takes.
#[derive(Debug, Args)]
pub struct DataPatchArguments {
    /// Its name
    #[arg(value_name = "NAME")]
    pub document: DocumentName,

    /// The file that holds the patch; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub patch: PathBuf,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,
}

/// What `data get` takes.
#[derive(Debug, Args)]
pub struct DataGetArguments {
    /// Its name
    #[arg(value_name = "NAME")]
    pub document: DocumentName,

    /// Whose.
    #[command(flatten)]
    pub look: TenantLookArguments,
}

/// What `data list` takes.
#[derive(Debug, Args)]
pub struct DataListArguments {
    /// Whose.
    #[command(flatten)]
    pub look: TenantLookArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What `data remove` takes.
#[derive(Debug, Args)]
pub struct DataRemoveArguments {
    /// Its name
    #[arg(value_name = "NAME")]
    pub document: DocumentName,

    /// The order.
    #[command(flatten)]
    pub order: TenantOrderArguments,
}
