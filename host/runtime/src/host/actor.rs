//! In whose name changes are made.

use std::sync::Arc;

use lictor_artifact::UnixMs;
use lictor_state::Change;

use super::Host;

/// Who makes changes, and why.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    by: String,
    why: Option<String>,
}

impl Default for Actor {
    fn default() -> Self {
        Self {
            by: "host".to_owned(),
            why: None,
        }
    }
}

impl Actor {
    /// A change of nothing yet.
    pub(super) fn change(&self, at: UnixMs, what: impl Into<String>) -> Change {
        Change::new(at.0, self.by.clone(), what).because(self.why.clone())
    }

    /// Who, and why.
    pub(super) fn who(&self) -> (&str, Option<&str>) {
        (&self.by, self.why.as_deref())
    }
}

impl Host {
    /// A handle to the same host whose changes the journal tells under this name, for this reason. Default `host` and none. At
    /// most 1,024 bytes each, without control characters; a change under another name is refused where there is a journal.
    #[must_use]
    pub fn acting_as(&self, by: impl Into<String>, why: Option<String>) -> Host {
        Host {
            state: Arc::clone(&self.state),
            actor: Arc::new(Actor { by: by.into(), why }),
        }
    }

    /// In whose name this handle makes changes, and why.
    pub fn actor(&self) -> (&str, Option<&str>) {
        self.actor.who()
    }
}
