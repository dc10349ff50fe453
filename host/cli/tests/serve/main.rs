//! `lictor serve` as its clients meet it: the real program, over its own sockets.

#![cfg(test)]

mod admin;
mod authzen;
mod certificates;
mod certification;
/// Folders in which commands are run; the other tests of the command line have them too.
#[path = "../cli/ship/desk.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod desk;
mod doctor;
mod envoy;
mod full;
mod hostile;
mod monitoring;
mod opa;
mod port;
mod readme;
mod records;
mod remote;
mod serving;
mod stopping;
mod telemetry;
mod tls;
mod todo;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where these tests keep what they make; cargo's own folder for it.
fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve")
}

/// The program that is tested.
fn lictor() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lictor"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
