//! What the versions of the policy `spend-limit` share: everything but the limit that holds where none is set.

mod parameters;
mod rules;

pub use rules::SpendLimit;
