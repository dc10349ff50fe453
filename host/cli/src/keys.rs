//! `lictor keys`: makes keys, shows whom a host trusts and changes that.

mod change;
mod keeper;
mod list;
mod new;
mod rollback;
mod stop;
mod update;

pub use list::{signs, window};

use crate::arguments::{KeysArguments, KeysCommand};
use crate::exit::Exit;
use crate::failure::Failure;

/// Does what was typed.
pub fn run(typed: &KeysArguments) -> Result<Exit, Failure> {
    match &typed.command {
        KeysCommand::New(typed) => new::new(typed),
        KeysCommand::Export(typed) => new::export(typed),
        KeysCommand::List(typed) => list::list(typed),
        KeysCommand::Trust(typed) => change::trust(typed),
        KeysCommand::Revoke(typed) => change::revoke(typed),
        KeysCommand::Rotate(typed) => change::rotate(typed),
        KeysCommand::Threshold(typed) => change::threshold(typed),
        KeysCommand::Floor(typed) => change::floor(typed),
        KeysCommand::Cosign(typed) => update::cosign(typed),
        KeysCommand::Install(typed) => update::install(typed),
        KeysCommand::AllowRollback(typed) => rollback::allow(typed),
    }
}
