//! Case files: what a policy is asked and what it must answer, written by people in YAML or JSON.
//!
//! It reads files and gives typed cases; whether a policy keeps them is decided elsewhere. A case that can't be read names
//! its file, the case and the field, and stops the whole run: a case that nobody runs would pass unseen.

mod error;
mod fields;
mod find;
mod read;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use lictor::{Document, Documents, Effect, JsonBounds, Request};

pub use error::{CaseError, Problem};

/// One request with everything around it, and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The file that it stands in.
    pub file: PathBuf,
    /// A short sentence that says what it shows; unique in its file.
    pub name: String,
    /// The parameters that the policy is bound with. Default: `{}`.
    pub parameters: Document,
    /// The tenant's documents. Default: none.
    pub data: Documents,
    /// The time of the request in milliseconds since 1970. Default: [`NOW_UNIX_MS`].
    pub now_unix_ms: u64,
    /// What must come of it.
    pub expected: Expected,
}

/// The time of a request that names none, 2026-01-01T00:00:00Z: fixed, so that a case gives the same every day.
pub const NOW_UNIX_MS: u64 = 1_767_225_600_000;

/// What must come of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The request is decided so.
    Decision {
        /// The request.
        request: Request,
        /// What must be decided.
        decision: Box<ExpectedDecision>,
    },
    /// The policy refuses the parameters with a message that contains this text.
    Refused(String),
}

/// What must hold of a decision. What is not given may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedDecision {
    /// The effect.
    pub effect: Effect,
    /// The codes of the reasons, in order.
    pub reasons: Option<Vec<String>>,
    /// The ids of the obligations, in order.
    pub obligations: Option<Vec<String>>,
    /// The questions that the policy asked, in order, as `request.get /subject/id`.
    pub observed: Option<Vec<String>>,
}

/// How much a case file may hold.
const BOUNDS: JsonBounds = JsonBounds {
    noun: "case file",
    bytes_max: 16 << 20,
    depth_max: 128,
};

/// All cases of a file, or of the files of a folder and the folders in it, in the order of their paths.
///
/// Files that end in `.yaml`, `.yml` or `.json` are case files, others are left alone.
///
/// # Errors
/// The first file, case and field that can't be read, and a folder without any case.
pub fn load(path: &Path) -> Result<Vec<Case>, CaseError> {
    let mut cases = Vec::new();
    for file in find::case_files(path)? {
        cases.extend(load_file(&file)?);
    }
    if cases.is_empty() {
        return Err(CaseError::of_file(path, Problem::NoCases));
    }
    Ok(cases)
}

fn load_file(file: &Path) -> Result<Vec<Case>, CaseError> {
    let in_file = |problem| CaseError::of_file(file, problem);
    let text = fs::read_to_string(file).map_err(|error| in_file(Problem::Unreadable(error)))?;
    let document = if file.extension() == Some("json".as_ref()) {
        Document::parse(text.as_bytes(), &BOUNDS)
            .map_err(|error| in_file(Problem::Json(error.to_string())))?
    } else {
        yaml::parse(&text, &BOUNDS).map_err(|error| in_file(Problem::Yaml(error)))?
    };
    read::cases(file, &document)
}

#[cfg(test)]
mod tests;
