//! Who else may speak to a host: what is kept of the tokens that it handed out.

use lictor_policy::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Entry, Table};

/// A token that a host handed out. Its secret isn't kept, only what it is known again by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptToken {
    /// What names it in lists and in the journal.
    pub id: String,
    /// The hash of its secret.
    pub secret: Digest,
    /// Whose it is and until when, as the runtime writes it: what it means is no affair of the store.
    pub grant: Map<String, Value>,
}

impl Entry for KeptToken {
    const TABLE: Table = Table::Tokens;

    fn key(&self) -> String {
        self.id.clone()
    }
}
