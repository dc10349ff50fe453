//! A rollout as requests meet it: what it would replace, and which side a request is on.
//!
//! It is part of a tenant's snapshot and never changes in place, but for the ledger, which is shared by all snapshots that it is
//! part of.

use std::sync::Arc;

use lictor_artifact::Admitted;
use lictor_policy::{Document, DocumentName, Documents, PolicyName, Request, RolloutName};
use lictor_state::KeptFile;
use smallvec::SmallVec;

use super::guard::Guards;
use super::ledger::Ledger;
use super::plan::Plan;
use super::split::{Choice, Circle, Split, SubjectHash, Threshold};
use crate::binding::Binding;

/// The most rollouts of a tenant that run at once: together they make at most 2 to the power of this many versions of it.
pub const ROLLOUTS_MAX: usize = 8;

/// A set of the rollouts of a snapshot: those whose candidate counts. The bit of a rollout is its place in the snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Sides(u8);

impl Sides {
    /// Stable everywhere.
    pub(crate) const STABLE: Self = Self(0);

    pub(crate) fn of(rollout: usize) -> Self {
        Self(1 << rollout)
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    pub(crate) fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn has(self, rollout: usize) -> bool {
        self.0 & (1 << rollout) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Every set within this one, the empty one first.
    pub(crate) fn subsets(self) -> impl Iterator<Item = Self> {
        let mut next = Some(0_u8);
        std::iter::from_fn(move || {
            let subset = next?;
            // The next larger number that has only bits of the whole.
            let following = subset.wrapping_sub(self.0) & self.0;
            next = (following != 0).then_some(following);
            Some(Self(subset))
        })
    }
}

/// What a rollout puts in the place of what is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replacement {
    /// The policies, each with its new binding, or with nothing where it is taken away.
    pub(crate) bindings: Vec<(PolicyName, Option<Arc<Binding>>)>,
    /// The documents, each with its new content, or with nothing where it is taken away.
    pub(crate) documents: Vec<(DocumentName, Option<Document>)>,
    /// The files that hold the texts of those documents, where there is a state folder.
    pub(crate) texts: Vec<(DocumentName, Arc<KeptFile>)>,
}

impl Replacement {
    /// The documents with the replaced ones in their places.
    pub(crate) fn documents(&self, stable: &Documents) -> Documents {
        let put = self.documents.iter();
        let put = put.filter_map(|(name, document)| Some((name.clone(), document.clone()?)));
        let gone = self.documents.iter().filter(|(_, it)| it.is_none());
        gone.fold(stable.with_all(put), |documents, (name, _)| {
            documents.without(name.as_str())
        })
    }

    /// What was admitted of its bindings.
    pub(crate) fn admitted(&self) -> Vec<&Admitted> {
        let bindings = self.bindings.iter();
        let bindings = bindings.filter_map(|(_, binding)| binding.as_deref());
        bindings.filter_map(Binding::admitted).collect()
    }

    /// Whether it touches a policy.
    pub(crate) fn replaces(&self, policy: &PolicyName) -> bool {
        self.bindings.iter().any(|(name, _)| name == policy)
    }

    /// Whether it touches a document.
    pub(crate) fn replaces_document(&self, document: &str) -> bool {
        self.documents
            .iter()
            .any(|(name, _)| name.as_str() == document)
    }
}

/// A rollout in one of its phases.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) name: RolloutName,
    pub(crate) replacement: Arc<Replacement>,
    pub(crate) circle: Arc<Circle>,
    split: Split,
    sample: Threshold,
    pub(crate) guards: Guards,
    pub(crate) phase: usize,
    pub(crate) ledger: Arc<Ledger>,
}

impl Running {
    /// The rollout in this phase of its plan.
    pub(crate) fn new(
        name: &RolloutName,
        plan: &Plan,
        phase: usize,
        replacement: &Arc<Replacement>,
        circle: &Arc<Circle>,
        ledger: &Arc<Ledger>,
    ) -> Self {
        let now = plan.phases().get(phase);
        Self {
            name: name.clone(),
            replacement: Arc::clone(replacement),
            circle: Arc::clone(circle),
            split: Split::new(plan, phase, circle),
            sample: Threshold::share(now.map_or(0.0, |phase| phase.sample)),
            guards: now.map(|phase| phase.guards.clone()).unwrap_or_default(),
            phase,
            ledger: Arc::clone(ledger),
        }
    }

    /// Stops the candidate at once in every snapshot, before anything else is done about it.
    pub(crate) fn stop(&self) {
        self.ledger.stop();
    }

    /// Whether the candidate decides nothing any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.ledger.is_stopped()
    }

    fn choose(&self, request: &Request) -> Choice {
        if self.is_stopped() || matches!(self.split, Split::Stable) {
            return Choice::Stable;
        }
        self.split.choose(self.circle.subject(request), request)
    }

    fn is_sampled(&self, draw: u64) -> bool {
        self.sample.has(draw) && !self.is_stopped()
    }

    /// Where the request's subject stands, with those that have none in one place.
    pub(crate) fn subject(&self, request: &Request) -> SubjectHash {
        self.circle.subject(request).unwrap_or_default()
    }
}

/// The rollouts of a snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rollouts {
    running: SmallVec<[Arc<Running>; 1]>,
}

/// Which versions decide for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// The rollouts whose candidate decides in the place of stable.
    pub(crate) candidate: Sides,
    /// The rollouts where the stricter of both decides.
    pub(crate) both: Sides,
}

impl Chosen {
    /// Stable decides alone.
    pub(crate) const STABLE: Self = Self {
        candidate: Sides::STABLE,
        both: Sides::STABLE,
    };

    /// Each version of the tenant that has a say, the one with the fewest candidates first.
    pub(crate) fn versions(self) -> impl Iterator<Item = Sides> {
        self.both
            .subsets()
            .map(move |subset| subset.with(self.candidate))
    }
}

impl Rollouts {
    pub(crate) fn new(running: impl IntoIterator<Item = Arc<Running>>) -> Self {
        Self {
            running: running.into_iter().take(ROLLOUTS_MAX).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Running>)> {
        self.running.iter().enumerate()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Sides {
        let each = self.iter().map(|(rollout, _)| Sides::of(rollout));
        each.fold(Sides::STABLE, Sides::with)
    }

    /// The rollouts that replace documents.
    fn with_documents(&self) -> Sides {
        let those = self.iter();
        let those = those.filter(|(_, it)| !it.replacement.documents.is_empty());
        those.fold(Sides::STABLE, |all, (rollout, _)| {
            all.with(Sides::of(rollout))
        })
    }

    /// Those of the rollouts whose candidate counts that matter to a policy: the one that replaces it, and all that replace
    /// documents, which it may read.
    #[inline]
    pub(crate) fn that_matter(&self, replacing: Sides, sides: Sides) -> Sides {
        if sides.is_empty() {
            return Sides::STABLE;
        }
        sides.within(self.with_documents().with(replacing))
    }

    /// Chooses for each rollout.
    #[inline]
    pub(crate) fn choose(&self, request: &Request) -> Chosen {
        self.iter()
            .fold(Chosen::STABLE, |mut chosen, (rollout, running)| {
                match running.choose(request) {
                    Choice::Stable => {}
                    Choice::Candidate => {
                        chosen.candidate = chosen.candidate.with(Sides::of(rollout))
                    }
                    Choice::Both => chosen.both = chosen.both.with(Sides::of(rollout)),
                }
                chosen
            })
    }

    /// The rollouts for which a request is compared, by a number drawn for it.
    pub(crate) fn sampled(&self, draw: u64) -> Sides {
        let those = self.iter().filter(|(_, running)| running.is_sampled(draw));
        those.fold(Sides::STABLE, |all, (rollout, _)| {
            all.with(Sides::of(rollout))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subset_comes_once() {
        for whole in [0_u8, 1, 0b101, 0b1000_0001, 0xff] {
            let subsets: Vec<u8> = Sides(whole).subsets().map(|it| it.0).collect();
            assert_eq!(subsets.len(), 1 << whole.count_ones());
            assert_eq!(subsets[0], 0);
            assert!(subsets.is_sorted());
            assert!(subsets.iter().all(|it| it & !whole == 0));
        }
    }
}
