//! What one tenant's host remembers of its evaluations, shared by the threads that decide for it.
//!
//! Readers take one of several locks, each in a cache line of its own, so that they don't slow each other down; whoever
//! remembers or forgets takes all of them for a moment. No lock is held while a guest runs, nor while an answer is written
//! that is longer than [`HERE_BYTES_MAX`].

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};
use lictor_policy::{Answers, Digest, Observations, Question, Sources};
use lru::LruCache;

use super::budget::Budget;
use super::counts::Counts;
use super::flight::{Flights, Joined};
use super::questions::Asked;
use super::report::{FanOut, TenantRecall};
use super::tree::{self, Contradiction, End, NodeId, Remembered, Step, Tree};

/// The most questions of a path that is remembered.
pub(super) const QUESTIONS_MAX: usize = 256;
/// The most bytes of answers that a walk writes where it must be over soon.
pub(super) const HERE_BYTES_MAX: usize = 4 * 1024;
/// How many paths that found no room are kept in mind, to be taken in when they come again.
const SIGHTED_MAX: NonZeroUsize = NonZeroUsize::new(1024).expect("it isn't 0");

/// One tenant's memory.
pub(crate) struct Memory {
    budget: Arc<Budget>,
    tree: ShardedLock<Tree>,
    seed: u64,
    /// What the tree takes, with what is reserved for paths that are about to come in.
    bytes: AtomicUsize,
    flights: Flights,
    sighted: Mutex<Option<LruCache<u64, ()>>>,
    pub(super) counts: Counts,
}

/// What a request sees, and how long an answer to it may be.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) sources: Sources<'a>,
    pub(crate) now_ms: u64,
    /// A longer answer is a fault of the policy, and so is remembered nowhere.
    pub(crate) answer_bytes_max: usize,
}

/// What a walk came to.
pub(crate) enum Met {
    /// The policy's decision.
    Decided(Arc<Remembered>),
    /// The policy can't be recalled for such a request.
    Never,
    /// Nothing like this was evaluated, or it is forgotten. The number names the place.
    Missing(u64),
    /// An answer is too long to be written while others wait.
    Dear,
}

thread_local! {
    /// The memory for answers, so that recalling needs none of its own.
    static ANSWERS: RefCell<Answers> = RefCell::new(Answers::new(0));
}

impl Memory {
    pub(super) fn new(budget: Arc<Budget>, seed: u64) -> Arc<Self> {
        let memory = Arc::new(Self {
            budget: Arc::clone(&budget),
            tree: ShardedLock::new(Tree::new(seed)),
            seed,
            bytes: AtomicUsize::new(0),
            flights: Flights::default(),
            sighted: Mutex::default(),
            counts: Counts::default(),
        });
        budget.admit(Arc::downgrade(&memory));
        memory
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Acquire)
    }

    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    fn take_off(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::AcqRel);
        self.budget.give_back(bytes);
    }

    /// Whether this request evaluates what is missing at a place, or waits for another that does.
    pub(crate) fn join(&self, place: u64) -> Joined {
        self.flights.join(place)
    }

    fn read(&self) -> ShardedLockReadGuard<'_, Tree> {
        // A panic within the tree is a bug; what it leaves is walked with bounds, and proved by evaluating again.
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> ShardedLockWriteGuard<'_, Tree> {
        self.tree.write().unwrap_or_else(PoisonError::into_inner)
    }
}

// --- Recalling -----------------------------------------------------------------------------------------------------

impl Memory {
    /// Walks from a revision on, asking this request each remembered question, within some microseconds.
    pub(crate) fn recall_here(&self, revision: &Digest, sight: &Sight<'_>) -> Met {
        ANSWERS.with_borrow_mut(|answers| walk_here(&self.read(), revision, sight, answers))
    }

    /// Walks like [`recall_here`](Self::recall_here), however long the answers are. They are written without a lock.
    pub(crate) fn recall_anywhere(&self, revision: &Digest, sight: &Sight<'_>) -> Met {
        match self.recall_here(revision, sight) {
            Met::Dear => self.walk_patiently(revision, sight),
            met => met,
        }
    }

    fn walk_patiently(&self, revision: &Digest, sight: &Sight<'_>) -> Met {
        let mut answers = Answers::new(0);
        let mut at = {
            let tree = self.read();
            match tree.root(revision) {
                Some(root) => Standing::at(&tree, root),
                None => return Met::Missing(tree.missing_root(revision)),
            }
        };
        loop {
            let asked = match at.next(&self.read()) {
                Ok(asked) => asked,
                Err(met) => return met,
            };
            answers.clear(sight.answer_bytes_max.saturating_add(ENCODING_BYTES));
            let answered = asked
                .inquiry
                .answer(&sight.sources, sight.now_ms, &mut answers);
            let tree = self.read();
            let answer = answered.map(|()| answers.as_bytes());
            match answer.ok().and_then(|answer| at.child(&tree, answer)) {
                Some(next) => at = next,
                None => return Met::Missing(tree.missing(at.node, answers.as_bytes())),
            }
        }
    }
}

/// What an answer may have besides the bytes that its limit counts.
const ENCODING_BYTES: usize = 16;

fn walk_here(tree: &Tree, revision: &Digest, sight: &Sight<'_>, answers: &mut Answers) -> Met {
    let Some(mut node) = tree.root(revision) else {
        return Met::Missing(tree.missing_root(revision));
    };
    let mut room = HERE_BYTES_MAX;
    loop {
        let asked = match tree.step(node) {
            Step::Ask(asked) => asked,
            Step::Decided(remembered) => return Met::Decided(Arc::clone(remembered)),
            Step::Never => return Met::Never,
        };
        answers.clear(room);
        if asked
            .inquiry
            .answer_within(&sight.sources, sight.now_ms, room, answers)
            .is_err()
        {
            return Met::Dear;
        }
        let answer = answers.as_bytes();
        room -= answer.len();
        node = match tree.child(node, answer) {
            Some(next) => next,
            None => return Met::Missing(tree.missing(node, answer)),
        };
    }
}

/// A place in a tree that is left alone in between.
struct Standing {
    node: NodeId,
    serial: Option<u64>,
}

impl Standing {
    fn at(tree: &Tree, node: NodeId) -> Self {
        Self {
            node,
            serial: tree.serial(node),
        }
    }

    /// Whether the place is still what it was.
    fn stands(&self, tree: &Tree) -> bool {
        self.serial.is_some() && tree.serial(self.node) == self.serial
    }

    /// The question that is asked here.
    fn next(&self, tree: &Tree) -> Result<Arc<Asked>, Met> {
        if !self.stands(tree) {
            return Err(Met::Missing(tree.missing(self.node, &[])));
        }
        match tree.step(self.node) {
            Step::Ask(asked) => Ok(Arc::clone(asked)),
            Step::Decided(remembered) => Err(Met::Decided(Arc::clone(remembered))),
            Step::Never => Err(Met::Never),
        }
    }

    fn child(&self, tree: &Tree, answer: &[u8]) -> Option<Self> {
        if !self.stands(tree) {
            return None;
        }
        let child = tree.child(self.node, answer)?;
        Some(Self::at(tree, child))
    }
}

// --- Remembering and forgetting ------------------------------------------------------------------------------------

impl Memory {
    /// Remembers an evaluation that came to a decision. Says whether it can be found now.
    ///
    /// # Errors
    /// The policy asked or decided otherwise than after the same answers before.
    pub(crate) fn remember(
        &self,
        revision: &Digest,
        remembered: Remembered,
    ) -> Result<bool, Contradiction> {
        let observations = Arc::clone(&remembered.observations);
        let path = recallable(&observations);
        let end = if path.len() == observations.len() as usize {
            End::Decided(Arc::new(remembered))
        } else {
            self.counts.unrecallable.add();
            End::Never
        };
        let bytes = tree::path_bytes(path.iter().copied(), &end);
        if !self
            .budget
            .reserve(self, bytes, || self.was_sighted(revision, &observations))
        {
            self.counts.refused.add();
            return Ok(false);
        }
        let mut tree = self.write();
        let before = tree.bytes();
        let answer = tree.remember(revision, path.iter().copied(), end);
        let added = tree.bytes() - before;
        drop(tree);
        debug_assert!(added <= bytes, "{added} bytes came in, not {bytes}");
        self.take_off(bytes.saturating_sub(added));
        answer.map(|()| true)
    }

    /// Whether the path found no room before. It is kept in mind now.
    fn was_sighted(&self, revision: &Digest, observations: &Observations) -> bool {
        let path = blake3::Hasher::new()
            .update(revision.as_bytes())
            .update(observations.as_bytes())
            .finalize();
        let first = path.as_bytes().first_chunk().copied().unwrap_or_default();
        let mut sighted = self.sighted.lock().unwrap_or_else(PoisonError::into_inner);
        sighted
            .get_or_insert_with(|| LruCache::new(SIGHTED_MAX))
            .put(u64::from_le_bytes(first), ())
            .is_some()
    }

    /// Forgets what was unused for longest until so many bytes are free. Says how many are.
    pub(super) fn forget(&self, bytes: usize) -> usize {
        let mut tree = self.write();
        let before = tree.bytes();
        let mut leaves = 0;
        while before - tree.bytes() < bytes && tree.forget_oldest() {
            leaves += 1;
        }
        let freed = before - tree.bytes();
        drop(tree);
        self.counts.forgotten.add_many(leaves);
        self.take_off(freed);
        freed
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut tree = self.write();
        let empty = Tree::after(&tree, self.seed);
        let gone = std::mem::replace(&mut *tree, empty);
        drop(tree);
        self.take_off(gone.bytes());
    }

    /// What it holds, for people.
    pub(super) fn report(&self) -> TenantRecall {
        let tree = self.read();
        let mut fan_out: Vec<FanOut> = Vec::new();
        let mut places: std::collections::HashMap<*const Asked, usize> =
            std::collections::HashMap::new();
        for (asked, children) in tree.fan_out() {
            let at = *places.entry(Arc::as_ptr(asked)).or_insert_with(|| {
                fan_out.extend(asked.question().map(FanOut::of));
                fan_out.len().saturating_sub(1)
            });
            if let Some(fan_out) = fan_out.get_mut(at) {
                fan_out.add(children);
            }
        }
        fan_out.sort_by_key(|it| std::cmp::Reverse((it.answers_max, it.answers)));
        TenantRecall {
            counts: self.counts.read(),
            entries: tree.leaves(),
            bytes: tree.bytes(),
            fan_out,
        }
    }
}

/// The observations that a walk may ask again: all before the first that can't be asked. They are split once, since finding
/// where each ends is most of the work of remembering.
fn recallable(observations: &Observations) -> Vec<(&[u8], &[u8])> {
    observations
        .raw()
        .take(QUESTIONS_MAX)
        .take_while(|(question, _)| !Question::is_now(question))
        .collect()
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes());
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
