//! Documents that were kept over a restart and could not be restored.
//!
//! Must never let a policy run as if there had never been such a document: a list of what is forbidden that is gone would
//! forbid nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use lictor_policy::{DocumentName, Fault};

/// Documents that are missing, and why. A usual layer has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing {
    names: Option<Arc<Names>>,
}

#[derive(Debug)]
struct Names {
    by_name: BTreeMap<DocumentName, String>,
    fault: Fault,
}

impl Missing {
    pub(crate) fn new(by_name: BTreeMap<DocumentName, String>) -> Self {
        let Some((name, why)) = by_name.first_key_value() else {
            return Self::default();
        };
        let detail = format!("the document `{name}`: {why}");
        let fault = Fault::NotRestored { detail };
        Self {
            names: Some(Arc::new(Names { by_name, fault })),
        }
    }

    /// What every policy that may read one of them answers with.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.names.as_ref().map(|names| &names.fault)
    }

    /// The names, each with what is wrong.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&DocumentName, &String)> {
        self.names.iter().flat_map(|names| &names.by_name)
    }

    /// Why this one is missing, if it is.
    pub(crate) fn why(&self, name: &DocumentName) -> Option<&str> {
        self.names.as_ref()?.by_name.get(name).map(String::as_str)
    }

    /// The same but for documents that an operator has put again or taken away.
    pub(crate) fn without<'a>(&self, names: impl IntoIterator<Item = &'a DocumentName>) -> Self {
        let mut by_name: BTreeMap<_, _> = self
            .iter()
            .map(|(name, why)| (name.clone(), why.clone()))
            .collect();
        for name in names {
            by_name.remove(name);
        }
        Self::new(by_name)
    }

    /// These, or the others where there are none.
    pub(crate) fn or(&self, other: &Self) -> Self {
        match self.names {
            Some(_) => self.clone(),
            None => other.clone(),
        }
    }
}
