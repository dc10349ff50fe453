//! Reads the scenarios of `sdk/contract` and judges what came of them. Must never know how a policy is run.

mod judge;
mod question;
mod scenario;

pub use judge::Outcome;
pub use question::Question;
pub use scenario::{Scenario, scenarios};
