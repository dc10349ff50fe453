//! Which role of an agent may call which tool for reading or writing.

mod grants;
mod rules;

pub use rules::ToolAccess;

lictor_sdk::policy!(ToolAccess);
