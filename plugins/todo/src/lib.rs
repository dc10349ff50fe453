//! The AuthZEN Todo scenario: who may read, create, change and delete which to-do.

mod rules;
mod user;

pub use rules::evaluate;

lictor_sdk::policy!(evaluate);
