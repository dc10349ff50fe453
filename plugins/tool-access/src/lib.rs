//! Which role of an agent may call which tool for reading or writing.
#![doc = include_str!("../README.md")]

mod grants;
mod rules;

pub use rules::ToolAccess;

lictor_sdk::policy!(ToolAccess);
