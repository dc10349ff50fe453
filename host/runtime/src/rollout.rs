//! Rollouts: a new version is compared with the old one before it counts, takes over step by step, and goes back by itself.
//!
//! A plan (`plan.rs`) says how; the state machine (`progress.rs`) where a rollout stands; the split (`split.rs`) which side a
//! request is on; pairs of decisions are compared off the caller's path (`compare.rs`), counted (`tally.rs`) and judged by guards
//! (`guard.rs`). What compares and judges is pure: it knows no clock, no threads and no store, and whatever it keeps is bounded.

mod compare;
mod divergence;
mod error;
mod evidence;
mod findings;
mod guard;
mod heard;
mod held;
mod ledger;
mod pair;
mod percent;
mod plan;
mod progress;
mod report;
mod running;
mod spec;
mod split;
mod status;
mod tally;

pub use divergence::Divergence;
pub use error::RolloutError;
pub use findings::{Difference, Label, Opinion, ReasonChange, Said, Sample};
pub use guard::{Guard, Guards, GuardsError, Reading, Tripped};
pub use plan::{PHASES_MAX, Phase, Plan, PlanError, Reach, SUBJECTS_MAX, Strict};
pub use progress::{Move, MoveError, Moved, Progress, Stage, Standing};
pub use report::{ClassReport, DivergenceReport, Explanation, ReasonCount};
pub use running::ROLLOUTS_MAX;
pub use spec::RolloutSpec;
pub use status::{PairCounts, Replaced, ReplacedBinding, RolloutStatus};

pub(crate) use compare::Comparisons;
pub(crate) use findings::Findings;
pub(crate) use heard::{Heard, Members};
pub(crate) use held::{Admission, Held, Rolls, Swap};
pub(crate) use ledger::Ledger;
pub(crate) use progress::Mover;
pub(crate) use running::{Replacement, Rollouts, Running, Sides};
pub(crate) use split::Circle;
pub(crate) use tally::Tally;
