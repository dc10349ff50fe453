//! `lictor test`: runs cases against a policy and reports what is otherwise than expected.
//!
//! Reading cases is the business of `cases`, deciding them that of the runtime; what remains is to compare and to report.

mod compare;
mod junit;
mod report;

use std::path::{Path, PathBuf};
use std::time::Duration;

use lictor_policy::{Decision, Fault};

pub use compare::{Difference, differences};
pub use junit::write_junit;
pub use report::write_report;

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The policy decided.
    Decided {
        /// So.
        decision: Decision,
        /// The questions that it asked, in order.
        observed: Vec<String>,
        /// How long it took.
        duration: Duration,
    },
    /// The policy refused the parameters, with this message.
    Refused(String),
    /// There is no decision.
    Fault(Fault),
}

/// A case that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The file of the case.
    pub file: PathBuf,
    /// The name of the case.
    pub name: String,
    /// What is otherwise than expected; empty when the case passed.
    pub differences: Vec<Difference>,
    /// What came of it.
    pub outcome: Outcome,
}

impl Verdict {
    /// Whether everything is as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// How long the policy took; nothing where it gave no decision.
    fn duration(&self) -> Duration {
        match self.outcome {
            Outcome::Decided { duration, .. } => duration,
            Outcome::Refused(_) | Outcome::Fault(_) => Duration::ZERO,
        }
    }
}

/// The verdicts of each file, in the order in which they stand.
fn by_file(verdicts: &[Verdict]) -> impl Iterator<Item = (&Path, &[Verdict])> {
    verdicts
        .chunk_by(|one, next| one.file == next.file)
        .filter_map(|chunk| chunk.first().map(|first| (first.file.as_path(), chunk)))
}

#[cfg(test)]
mod tests;
