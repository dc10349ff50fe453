//! Signed policy artifacts: the format of the file, the keys that sign it, the keyring that says what they may sign, and
//! the registries that carry it.
//!
//! Knows bytes, keys, signatures and registries. Must never know how a component is compiled or evaluated, and never read a
//! clock: times come as parameters.

pub mod registry;
