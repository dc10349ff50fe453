//! Answers the scenarios that every SDK must pass, by the SDK for Rust. `sdk/contract/README.md` says what it does.

mod asking;

pub use asking::evaluate;

lictor_sdk::policy!(evaluate);
