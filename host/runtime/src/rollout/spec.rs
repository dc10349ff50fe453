//! What a rollout is to do: which policies and documents it replaces, and by which plan.

use lictor_policy::{DocumentName, PolicyName, RolloutName};

use super::plan::Plan;
use crate::binding::BindingSpec;

/// What is to be rolled out: a set of bindings and documents that change places together, by one plan.
#[derive(Clone, Debug)]
pub struct RolloutSpec {
    pub(crate) plan: Plan,
    pub(crate) name: Option<RolloutName>,
    pub(crate) bindings: Vec<BindingSpec>,
    pub(crate) removed: Vec<PolicyName>,
    pub(crate) documents: Vec<(DocumentName, Vec<u8>)>,
    pub(crate) removed_documents: Vec<DocumentName>,
    pub(crate) begins: bool,
}

impl RolloutSpec {
    /// A rollout of nothing yet, by this plan, which begins at once.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            name: None,
            bindings: Vec::new(),
            removed: Vec::new(),
            documents: Vec::new(),
            removed_documents: Vec::new(),
            begins: true,
        }
    }

    /// Its name, which no other rollout of the tenant may have. The split follows from it. Default: made of the first policy's or
    /// document's name and a digest of what is new.
    #[must_use]
    pub fn name(mut self, name: RolloutName) -> Self {
        self.name = Some(name);
        self
    }

    /// Puts a binding in the place of the one of the same policy, or beside the others where there is none.
    #[must_use]
    pub fn bind(mut self, binding: BindingSpec) -> Self {
        self.bindings.push(binding);
        self
    }

    /// Takes a policy away.
    #[must_use]
    pub fn unbind(mut self, policy: PolicyName) -> Self {
        self.removed.push(policy);
        self
    }

    /// Puts a document in the place of the one of the same name, or beside the others where there is none.
    #[must_use]
    pub fn put_data(mut self, name: DocumentName, json: impl Into<Vec<u8>>) -> Self {
        self.documents.push((name, json.into()));
        self
    }

    /// Takes a document away.
    #[must_use]
    pub fn remove_data(mut self, name: DocumentName) -> Self {
        self.removed_documents.push(name);
        self
    }

    /// Has it wait, planned, until somebody lets it begin.
    #[must_use]
    pub fn planned(mut self) -> Self {
        self.begins = false;
        self
    }
}
