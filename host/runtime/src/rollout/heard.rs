//! What was heard of each policy for one request, so that a policy whose answer can't differ between two versions of its
//! tenant is asked once.

use lictor_policy::PolicyName;
use smallvec::SmallVec;

use super::running::Sides;
use crate::binding::Layer;
use crate::outcome::{Policies, PolicyOutcome};

/// Which of the outcomes belong to one version of a tenant, by their places.
pub(crate) type Members = SmallVec<[usize; 4]>;

/// What was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) policies: Policies,
    /// For each outcome, the rollouts that matter to it and whose candidate counted.
    pub(crate) matters: SmallVec<[Sides; 4]>,
}

impl Heard {
    /// The outcome of a policy where these of the rollouts that matter to it had their candidate count.
    pub(crate) fn find(&self, layer: Layer, policy: &PolicyName, matters: Sides) -> Option<usize> {
        let mut places = self.policies.iter().zip(&self.matters);
        places.position(|(outcome, known)| {
            *known == matters && outcome.layer == layer && outcome.bound.policy == *policy
        })
    }

    /// Takes an outcome in and gives its place.
    pub(crate) fn push(&mut self, outcome: PolicyOutcome, matters: Sides) -> usize {
        self.policies.push(outcome);
        self.matters.push(matters);
        self.policies.len() - 1
    }

    /// The outcomes in these places.
    pub(crate) fn of<'a>(
        &'a self,
        members: &'a Members,
    ) -> impl Iterator<Item = &'a PolicyOutcome> + Clone {
        members.iter().filter_map(|place| self.policies.get(*place))
    }
}
