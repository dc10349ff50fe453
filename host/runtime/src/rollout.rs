//! Rollouts: a new version is compared with the old one before it counts, takes over step by step, and goes back by itself.
//!
//! What compares and judges is pure: it knows no clock, no threads and no store, and whatever it keeps is bounded.

mod divergence;
mod evidence;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the stages of a rollout will call it")
)]
mod findings;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the stages of a rollout will call it")
)]
mod guard;
mod pair;
mod percent;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the stages of a rollout will call it")
)]
mod report;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the stages of a rollout will call it")
)]
mod tally;

pub use divergence::Divergence;
pub use findings::{Difference, Label, Opinion, ReasonChange, Said, Sample};
pub use guard::{Guard, Guards, GuardsError, Reading, Tripped};
pub use report::{ClassReport, DivergenceReport, Explanation, ReasonCount};
