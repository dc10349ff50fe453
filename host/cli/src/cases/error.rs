//! Why a case can't be read: always with its file, and with the case and the field where they are known.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::yaml::YamlError;

/// A case that can't be read.
#[derive(Debug)]
pub struct CaseError {
    file: PathBuf,
    case: Option<String>,
    pointer: String,
    problem: Problem,
}

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The path names nothing.
    #[error("there is no such file or folder")]
    Nothing,
    /// The file or folder can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(io::Error),
    /// There is no case file, or none with a case in it.
    #[error("there are no cases; case files end in `.yaml`, `.yml` or `.json`")]
    NoCases,
    /// The text is no JSON that is accepted.
    #[error("{0}")]
    Json(String),
    /// The text is no YAML that is accepted.
    #[error("{0}")]
    Yaml(YamlError),
    /// A field that must be there.
    #[error("is missing")]
    Missing,
    /// A field that no case has.
    #[error("is not known; known are {0}")]
    Unknown(String),
    /// A field of the wrong kind.
    #[error("must be {expected}, it is {found}")]
    Kind {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A field whose value is refused.
    #[error("{0}")]
    Refused(String),
    /// Two cases of one name in one file.
    #[error("is the name of another case of the file")]
    Duplicate,
}

impl CaseError {
    /// A problem of a whole file or folder.
    pub fn of_file(file: &Path, problem: Problem) -> Self {
        Self {
            file: file.to_owned(),
            case: None,
            pointer: String::new(),
            problem,
        }
    }

    /// A problem of a field, which is named by its pointer in the case, or in the file where no case is named.
    pub(super) fn of_field(
        file: &Path,
        case: Option<&str>,
        pointer: String,
        problem: Problem,
    ) -> Self {
        Self {
            file: file.to_owned(),
            case: case.map(str::to_owned),
            pointer,
            problem,
        }
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.file.display())?;
        if let Some(case) = &self.case {
            write!(f, ", case `{case}`")?;
        }
        match self.pointer.as_str() {
            "" => write!(f, ": {}", self.problem),
            pointer => write!(f, ": `{pointer}` {}", self.problem),
        }
    }
}

impl std::error::Error for CaseError {}
