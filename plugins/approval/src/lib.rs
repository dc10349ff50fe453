//! Which actions a person must approve first.

mod parameters;
mod rules;

pub use rules::Approval;

lictor_sdk::policy!(Approval);
