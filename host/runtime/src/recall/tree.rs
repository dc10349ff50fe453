//! What one tenant's policies asked, as a tree: inner nodes are questions, edges are answers, leaves are decisions.
//!
//! The nodes stand in one arena and the edges in one table, keyed by the node that asked and the bytes of the answer. Answers
//! are compared byte by byte, so that nothing is recalled because two hashes are equal. Must never leave a node behind that
//! leads to no leaf.
//!
//! Of a host with many tenants a walk finds little in the processor's caches, so it is made to look at few places in memory: a
//! node is one line of the cache, with its answer where that is short; it has its question at hand; and the answer that came
//! last is looked for at its node before the table is asked.

mod answer;
mod forget;
mod remember;
mod size;

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use lictor_engine::TESTED_BYTE;
use lictor_policy::{Decision, Digest, Observations};
use slab::Slab;
use smallvec::SmallVec;

#[cfg(debug_assertions)]
use lictor_policy::Effect;

use super::questions::{Asked, Questions};
use answer::Answer;
pub(super) use size::path_bytes;

/// Names a node as long as it lives.
pub(super) type NodeId = u32;

/// Stands for the parent of the roots.
const NOWHERE: NodeId = NodeId::MAX;

/// The most revisions that a tenant's memory keeps in mind as not to be trusted. Beyond, the one that was found out first is
/// tried again.
const DISTRUSTED_MAX: usize = 64;

/// The remembered evaluations of one tenant.
pub(super) struct Tree {
    nodes: Slab<Node>,
    /// Where the evaluations of each revision begin, sorted by revision.
    roots: SmallVec<[(Digest, NodeId); 1]>,
    edges: HashTable<Edge>,
    questions: Questions,
    /// The leaves in the order in which they came or were last spared.
    ages: VecDeque<NodeId>,
    hasher: FixedState,
    /// The revisions that contradicted themselves.
    distrusted: VecDeque<Digest>,
    serial: u64,
    bytes: usize,
    leaves: usize,
}

/// One line of the cache.
#[repr(align(64))]
struct Node {
    parent: NodeId,
    children: u32,
    /// The child that came last. It may be gone, and another node have its place.
    last_child: NodeId,
    /// Whether it was used since it was last spared.
    used: AtomicBool,
    /// Tells the node from others that had or will have its place.
    serial: u64,
    /// What leads here from the parent; nothing leads to a root.
    answer: Answer,
    step: Inner,
}

const _: () = assert!(size_of::<Node>() == 64, "a node is one line of the cache");

enum Inner {
    Ask { number: u32, asked: Arc<Asked> },
    Decided(Box<Remembered>),
    Never,
}

#[derive(Clone, Copy)]
struct Edge {
    hash: u64,
    node: NodeId,
}

/// One evaluation, as it is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(crate) decision: Arc<Decision>,
    pub(crate) observations: Arc<Observations>,
    /// The fuel that it used, without what its tests paid for the bytes that they looked at: the answers don't tell how many
    /// these are.
    pub(crate) fuel: u64,
}

impl Remembered {
    /// Whether an evaluation whose tests look at so many bytes would come to the same decision, and not run out of fuel on
    /// the way: the same answers can come from values that are longer to compare.
    ///
    /// WebAssembly looks at what is left now and then only, so what has nothing left at the end may or may not have been
    /// stopped; it counts as stopped here, and is evaluated.
    pub(super) fn has_fuel_for(&self, tested_bytes: u64, limit: u64) -> bool {
        let tests = tested_bytes.saturating_mul(TESTED_BYTE);
        self.fuel.saturating_add(tests) < limit
    }
}

/// What comes next at a node.
pub(super) enum Step<'a> {
    /// The policy asks this.
    Ask(&'a Arc<Asked>),
    /// The policy has decided.
    Decided(&'a Remembered),
    /// From here on the policy can't be recalled.
    Never,
}

/// How a path ends.
pub(super) enum End {
    Decided(Box<Remembered>),
    /// The policy asked for the time, or more than is remembered.
    Never,
}

/// Where a node stands, or would stand.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Where a revision begins.
    Root(&'a Digest),
    /// Behind a node that was answered this.
    After(NodeId, &'a [u8]),
}

/// The policy did something else after the same answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contradiction;

impl Tree {
    /// An empty tree in the place of another, whose nodes must not be taken for its own by walks that stand on one. In it
    /// nothing of this revision is remembered any more.
    pub(super) fn distrusting(gone: &Self, revision: &Digest, seed: u64) -> Self {
        let mut distrusted = gone.distrusted.clone();
        if !gone.is_distrusted(revision) {
            distrusted.truncate(DISTRUSTED_MAX - 1);
            distrusted.push_front(*revision);
        }
        Self {
            serial: gone.serial,
            distrusted,
            ..Self::new(seed)
        }
    }

    /// Whether evaluations of this revision are neither remembered nor recalled, since it contradicted itself.
    pub(super) fn is_distrusted(&self, revision: &Digest) -> bool {
        self.distrusted.contains(revision)
    }

    pub(super) fn new(seed: u64) -> Self {
        Self {
            nodes: Slab::new(),
            roots: SmallVec::new(),
            edges: HashTable::new(),
            questions: Questions::new(seed),
            ages: VecDeque::new(),
            hasher: FixedState::with_seed(seed),
            distrusted: VecDeque::new(),
            serial: 0,
            bytes: 0,
            leaves: 0,
        }
    }

    /// How many bytes everything takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many decisions are remembered, with those that can't be.
    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }

    /// Where the evaluations of a revision begin.
    pub(super) fn root(&self, revision: &Digest) -> Option<NodeId> {
        let at = self.root_at(revision).ok()?;
        self.roots.get(at).map(|(_, root)| *root)
    }

    fn root_at(&self, revision: &Digest) -> Result<usize, usize> {
        self.roots
            .binary_search_by(|(other, _)| other.as_bytes().cmp(revision.as_bytes()))
    }

    /// Where this answer leads.
    pub(super) fn child(&self, node: NodeId, answer: &[u8]) -> Option<NodeId> {
        let last = self.nodes.get(node as usize)?.last_child;
        let is_last = self
            .nodes
            .get(last as usize)
            .is_some_and(|it| it.parent == node && *it.answer == *answer);
        if is_last {
            Some(last)
        } else {
            self.find(node, answer)
        }
    }

    /// What comes next at a node.
    pub(super) fn step(&self, node: NodeId) -> Step<'_> {
        match self.nodes.get(node as usize) {
            Some(node) => match &node.step {
                Inner::Ask { asked, .. } => Step::Ask(asked),
                Inner::Decided(remembered) => {
                    // Read first: a write on each recall would make the threads fight for the cache line.
                    if !node.used.load(Ordering::Relaxed) {
                        node.used.store(true, Ordering::Relaxed);
                    }
                    Step::Decided(remembered)
                }
                Inner::Never => Step::Never,
            },
            None => Step::Never,
        }
    }

    /// What a node can be told by from others that had or will have its place.
    pub(super) fn serial(&self, node: NodeId) -> Option<u64> {
        self.nodes.get(node as usize).map(|node| node.serial)
    }

    /// Names the place where the root of a revision is missing.
    pub(super) fn missing_root(&self, revision: &Digest) -> u64 {
        self.hash(NOWHERE, revision.as_bytes())
    }

    /// Names the place where an answer led nowhere.
    pub(super) fn missing(&self, node: NodeId, answer: &[u8]) -> u64 {
        self.hash(node, answer)
    }

    fn find(&self, parent: NodeId, answer: &[u8]) -> Option<NodeId> {
        let hash = self.hash(parent, answer);
        let is_it = |edge: &Edge| {
            edge.hash == hash
                && self
                    .nodes
                    .get(edge.node as usize)
                    .is_some_and(|node| node.parent == parent && *node.answer == *answer)
        };
        self.edges.find(hash, is_it).map(|edge| edge.node)
    }

    fn hash(&self, parent: NodeId, answer: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(parent);
        hasher.write(answer);
        hasher.finish()
    }
}

impl Tree {
    /// Turns each remembered decision into another of the same bytes.
    #[cfg(debug_assertions)]
    pub(super) fn falsify(&mut self) {
        for (_, node) in &mut self.nodes {
            if let Inner::Decided(remembered) = &mut node.step {
                let mut decision = Decision::clone(&remembered.decision);
                decision.effect = match decision.effect {
                    Effect::Allow => Effect::Deny,
                    _ => Effect::Allow,
                };
                remembered.decision = Arc::new(decision);
            }
        }
    }

    /// In how many places of the arena there may be nodes.
    pub(super) fn places(&self) -> usize {
        self.nodes.capacity()
    }

    /// Each question that is asked in these places of the arena, with how many different answers to it are remembered there.
    pub(super) fn fan_out(&self, places: Range<usize>) -> impl Iterator<Item = (&Arc<Asked>, u32)> {
        let nodes = places.filter_map(|place| self.nodes.get(place));
        nodes.filter_map(|node| match &node.step {
            Inner::Ask { asked, .. } => Some((asked, node.children)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
