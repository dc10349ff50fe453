//! `lictor test`: runs cases against a policy and reports what is otherwise than expected.
//!
//! Reading cases is the business of `cases`, deciding them that of the runtime; what remains is to compare and to report.

mod compare;
mod junit;
mod report;
mod run;

use std::fs::File;
use std::io::BufWriter;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use lictor::{Decision, Fault, RecallSettings};

use crate::arguments::TestArguments;
use crate::cases;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given;
use crate::source::Source;
use crate::trial::Trial;

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
    /// The policy accepted the parameters, and no more was wanted.
    Accepted,
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
            Outcome::Refused(_) | Outcome::Accepted | Outcome::Fault(_) => Duration::ZERO,
        }
    }
}

/// The verdicts of each file, in the order in which they stand.
fn by_file(verdicts: &[Verdict]) -> impl Iterator<Item = (&Path, &[Verdict])> {
    verdicts
        .chunk_by(|one, next| one.file == next.file)
        .filter_map(|chunk| chunk.first().map(|first| (first.file.as_path(), chunk)))
}

/// Runs the cases that were typed.
pub fn run(typed: &TestArguments) -> Result<Exit, Failure> {
    let limits = given::limits(&typed.limits)?;
    let (policy, folder) = places(typed)?;
    let cases = cases::load(&folder)?;
    let source = Source::read(&policy)?;
    let at_once = typed
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let trial = Trial::new(
        &source,
        limits,
        u32::try_from(at_once).unwrap_or(u32::MAX),
        RecallSettings::off(),
    )?;
    let verdicts = run::run(&trial, &cases, at_once)?;
    write_report(&mut anstream::stdout().lock(), &verdicts)?;
    if let Some(path) = &typed.junit {
        write_junit_file(path, &verdicts)?;
    }
    if verdicts.iter().all(Verdict::passed) {
        Ok(Exit::Done)
    } else {
        Ok(Exit::No)
    }
}

/// Where the policy is, and where its cases are.
fn places(typed: &TestArguments) -> Result<(PathBuf, PathBuf), Failure> {
    let path = &typed.path;
    let is_crate = path.join("Cargo.toml").is_file();
    let cases = if is_crate && path == Path::new(".") {
        PathBuf::from("cases")
    } else if is_crate {
        path.join("cases")
    } else {
        path.clone()
    };
    if let Some(policy) = &typed.policy {
        return Ok((policy.clone(), cases));
    }
    if is_crate {
        return Ok((path.clone(), cases));
    }
    let above = path.canonicalize().ok();
    let holder = above
        .iter()
        .flat_map(|path| path.ancestors())
        .find(|folder| folder.join("Cargo.toml").is_file());
    match holder {
        Some(folder) => Ok((folder.to_owned(), cases)),
        None => Err(
            Failure::input(format!("`{}` stands in no policy crate", path.display()))
                .hint("name the policy with `--policy`"),
        ),
    }
}

fn write_junit_file(path: &Path, verdicts: &[Verdict]) -> Result<(), Failure> {
    let refuse = |error| {
        let path = path.display();
        Failure::new(
            Exit::HostFault,
            format!("`{path}` can't be written: {error}"),
        )
    };
    let file = File::create(path).map_err(refuse)?;
    let mut out = BufWriter::new(file);
    write_junit(&mut out, verdicts)
        .and_then(|()| std::io::Write::flush(&mut out))
        .map_err(refuse)
}

#[cfg(test)]
mod tests;
