//! What a build comes to: a component, or the reason why there is none.
//!
//! It tells a tool that isn't installed, which is nobody's mistake, from sources that don't build, which is.

use std::path::PathBuf;

/// A component that is built and up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The folder that holds the sources of the policy.
    pub sources: PathBuf,
    /// The file of the component.
    pub component: PathBuf,
    /// Whether it was built just now. If not, it was there already and its sources are still the same.
    pub fresh: bool,
}

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// A tool isn't installed. The text is one line that names it and says how to get it.
    #[error("{0}")]
    Missing(String),
    /// Every tool is there and the build failed all the same. The text holds what the tool said.
    #[error("{0}")]
    Failed(String),
}

impl NotBuilt {
    /// A failed build from an error with all of its causes.
    pub(crate) fn failed(what: &str, error: &anyhow::Error) -> Self {
        Self::Failed(format!("{what}: {error:#}"))
    }
}
