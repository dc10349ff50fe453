//! The contract with the guest, version 0.1: what `wit/` says, as host functions and typed exports.
//!
//! Another major version gets a module of its own beside this one; nothing outside of it knows the difference.

mod clock;
mod exports;
mod lines;
mod predicates;
mod questions;
mod types;

use wasmtime::component::Linker;

pub(crate) use exports::Exports;

use crate::guest::Guest;

/// The version of the contract that this host serves.
pub const CONTRACT_VERSION: &str = "0.1.0";

/// The package of the contract.
pub(crate) const PACKAGE: &str = "lictor:policy";

/// The interfaces that a policy may import.
pub(crate) const IMPORTS: [&str; 6] = ["types", "request", "data", "parameters", "clock", "log"];

/// Puts the host's side of the contract into the linker.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    questions::link(linker)?;
    clock::link(linker)?;
    lines::link(linker)
}

/// The full name of one of the contract's interfaces.
pub(crate) fn interface(name: &str) -> String {
    format!("{PACKAGE}/{name}@{CONTRACT_VERSION}")
}
