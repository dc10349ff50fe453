//! Keys, signatures, registries and state through the command line: a policy's way from its author to a host, and each refusal
//! by its name.

pub mod desk;
mod keys;
mod registries;
mod signing;
mod state;
mod story;
mod trusting;

pub use story::from_author_to_host;
