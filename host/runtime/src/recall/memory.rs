//! What one tenant's host remembers of its evaluations, shared by the threads that decide for it.
//!
//! Readers take one of several locks, each in a cache line of its own, so that they don't slow each other down; whoever
//! remembers or forgets takes all of them for a moment. No lock is held while a guest runs, nor while an answer is written
//! that is longer than [`HERE_BYTES_MAX`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};
use lictor_policy::{Answers, Digest, Observations, Question, Sources};
use smallvec::SmallVec;

use super::budget::{Budget, NoRoom};
use super::counts::Counts;
use super::flight::{Flights, News, Turn};
use super::questions::Asked;
use super::report::{FanOut, TenantRecall};
use super::sightings::Sightings;
use super::tree::{self, Contradiction, End, NodeId, Remembered, Step, Tree};
use crate::clock::Moment;

/// The most questions of a path that is remembered.
pub(super) const QUESTIONS_MAX: usize = 256;
/// The most bytes that a walk writes as answers, and looks at for tests, where it must be over soon.
pub(super) const HERE_BYTES_MAX: usize = 4 * 1024;
/// How many decisions are forgotten before those who wait for the lock get it in between.
const FORGET_CHUNK: u64 = 8;
/// How many nodes are looked at for people before those who wait for the lock get it in between.
const REPORT_CHUNK: usize = 4 * 1024;

/// One tenant's memory.
pub(crate) struct Memory {
    budget: Arc<Budget>,
    tree: ShardedLock<Tree>,
    seed: u64,
    /// What the tree takes, with what is reserved for paths that are about to come in.
    bytes: AtomicUsize,
    flights: Flights,
    sightings: Sightings,
    pub(super) counts: Counts,
}

/// What a request sees, and how long an answer to it may be.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) sources: Sources<'a>,
    pub(crate) moment: Moment<'a>,
    /// A longer answer is a fault of the policy, and so is remembered nowhere.
    pub(crate) answer_bytes_max: usize,
    /// The fuel that an evaluation would have.
    pub(crate) fuel_max: u64,
}

/// What a walk came to.
pub(crate) enum Met {
    /// The policy's decision.
    Decided(Remembered),
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
            sightings: Sightings::default(),
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

    /// Whether this request evaluates what is missing at a place; else another one did while it waited. Before each wait,
    /// `left` says how long it may be.
    pub(crate) fn take_turn(&self, place: u64, left: impl FnMut() -> Duration) -> Turn {
        self.flights.take_turn(place, left)
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
            match root(&tree, revision) {
                Ok(root) => Standing::at(&tree, root),
                Err(met) => return met,
            }
        };
        let mut tested_bytes = 0;
        loop {
            let asked = match at.next(&self.read(), tested_bytes, sight) {
                Ok(asked) => asked,
                Err(met) => return met,
            };
            answers.clear(sight.answer_bytes_max.saturating_add(ENCODING_BYTES));
            let answered =
                asked
                    .inquiry
                    .answer(&sight.sources, || sight.moment.unix_ms(), &mut answers);
            tested_bytes += answers.tested_bytes() as u64;
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
    let mut node = match root(tree, revision) {
        Ok(root) => root,
        Err(met) => return met,
    };
    let mut room = HERE_BYTES_MAX;
    let mut tested_bytes = 0;
    loop {
        let asked = match tree.step(node) {
            Step::Ask(asked) => asked,
            Step::Decided(remembered) => return decided(remembered, tested_bytes, sight),
            Step::Never => return Met::Never,
        };
        answers.clear(room);
        if asked
            .inquiry
            .answer_within(&sight.sources, || sight.moment.unix_ms(), room, answers)
            .is_err()
        {
            return Met::Dear;
        }
        let answer = answers.as_bytes();
        tested_bytes += answers.tested_bytes() as u64;
        room = room.saturating_sub(answer.len() + answers.tested_bytes());
        node = match tree.child(node, answer) {
            Some(next) => next,
            None => return Met::Missing(tree.missing(node, answer)),
        };
    }
}

fn root(tree: &Tree, revision: &Digest) -> Result<NodeId, Met> {
    if tree.is_distrusted(revision) {
        return Err(Met::Never);
    }
    let root = tree.root(revision);
    root.ok_or_else(|| Met::Missing(tree.missing_root(revision)))
}

/// The end of a walk whose tests looked at so many bytes.
fn decided(remembered: &Remembered, tested_bytes: u64, sight: &Sight<'_>) -> Met {
    if remembered.has_fuel_for(tested_bytes, sight.fuel_max) {
        Met::Decided(remembered.clone())
    } else {
        Met::Never
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

    /// The question that is asked here, after tests that looked at so many bytes.
    fn next(&self, tree: &Tree, tested_bytes: u64, sight: &Sight<'_>) -> Result<Arc<Asked>, Met> {
        if !self.stands(tree) {
            return Err(Met::Missing(tree.missing(self.node, &[])));
        }
        match tree.step(self.node) {
            Step::Ask(asked) => Ok(Arc::clone(asked)),
            Step::Decided(remembered) => Err(decided(remembered, tested_bytes, sight)),
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
    /// Remembers an evaluation that came to a decision, and says what is to be told of it to those who wait for it.
    ///
    /// # Errors
    /// The policy asked or decided otherwise than after the same answers before.
    pub(crate) fn remember(
        &self,
        revision: &Digest,
        remembered: Remembered,
    ) -> Result<News, Contradiction> {
        let observations = Arc::clone(&remembered.observations);
        let path = recallable(&observations);
        let (end, news) = if path.len() == observations.len() as usize {
            (End::Decided(Box::new(remembered)), News::Remembered)
        } else {
            (End::Never, News::Unrecallable)
        };
        let bytes = tree::path_bytes(path.iter().copied(), &end);
        let reserved = self
            .budget
            .reserve(self, bytes, || self.was_sighted(revision, &observations));
        if let Err(no_room) = reserved {
            self.counts.refused.add();
            return Ok(match no_room {
                NoRoom::Now => News::Failed,
                NoRoom::Ever => News::Unrecallable,
            });
        }
        let mut tree = self.write();
        let before = tree.bytes();
        // It may have been found out while this one was evaluated.
        let answer = if tree.is_distrusted(revision) {
            Ok(News::Unrecallable)
        } else {
            let answer = tree.remember(revision, path.iter().copied(), end);
            answer.map(|()| news)
        };
        let added = tree.bytes() - before;
        drop(tree);
        debug_assert!(added <= bytes, "{added} bytes came in, not {bytes}");
        self.take_off(bytes.saturating_sub(added));
        answer
    }

    /// Whether the path found no room before. It is kept in mind now.
    fn was_sighted(&self, revision: &Digest, observations: &Observations) -> bool {
        let path = blake3::Hasher::new()
            .update(revision.as_bytes())
            .update(observations.as_bytes())
            .finalize();
        let first = path.as_bytes().first_chunk().copied().unwrap_or_default();
        self.sightings.note(u64::from_le_bytes(first))
    }

    /// Forgets what was unused for longest until so many bytes are free. Says how many are.
    pub(super) fn forget(&self, bytes: usize) -> usize {
        let mut freed = 0;
        while freed < bytes {
            match self.forget_some(bytes - freed) {
                0 => break,
                more => freed += more,
            }
        }
        freed
    }

    fn forget_some(&self, bytes: usize) -> usize {
        let mut tree = self.write();
        let before = tree.bytes();
        let mut leaves = 0;
        while leaves < FORGET_CHUNK && before - tree.bytes() < bytes && tree.forget_oldest() {
            leaves += 1;
        }
        let freed = before - tree.bytes();
        drop(tree);
        self.counts.forgotten.add_many(leaves);
        self.take_off(freed);
        freed
    }

    /// Forgets everything, and from now on remembers nothing of this revision, whichever binding has it.
    pub(super) fn distrust(&self, revision: &Digest) {
        let mut tree = self.write();
        let empty = Tree::distrusting(&tree, revision, self.seed);
        let gone = std::mem::replace(&mut *tree, empty);
        drop(tree);
        self.take_off(gone.bytes());
    }

    /// Turns each remembered decision into another.
    #[cfg(debug_assertions)]
    pub(crate) fn falsify(&self) {
        self.write().falsify();
    }

    /// What it holds, for people. Where it changes meanwhile, some of it is from before and some from after.
    pub(super) fn report(&self) -> TenantRecall {
        let (entries, bytes) = {
            let tree = self.read();
            (tree.leaves(), tree.bytes())
        };
        let mut fan_out = self.fan_out();
        fan_out.sort_by_key(|it| std::cmp::Reverse((it.answers_max, it.answers)));
        TenantRecall {
            counts: self.counts.read(),
            entries,
            bytes,
            fan_out,
        }
    }

    fn fan_out(&self) -> Vec<FanOut> {
        let mut fan_out: Vec<FanOut> = Vec::new();
        // Each question is held, so that no other one gets its place in memory before this is done.
        let mut numbers: HashMap<*const Asked, (usize, Arc<Asked>)> = HashMap::new();
        for from in (0..).step_by(REPORT_CHUNK) {
            let tree = self.read();
            let until = tree.places().min(from + REPORT_CHUNK);
            if from >= until {
                break;
            }
            for (asked, children) in tree.fan_out(from..until) {
                let (number, _) = numbers.entry(Arc::as_ptr(asked)).or_insert_with(|| {
                    fan_out.extend(asked.question().map(FanOut::of));
                    (fan_out.len().saturating_sub(1), Arc::clone(asked))
                });
                if let Some(fan_out) = fan_out.get_mut(*number) {
                    fan_out.add(children);
                }
            }
        }
        fan_out
    }
}

/// The observations that a walk may ask again: all before the first that can't be asked. They are split once, since finding
/// where each ends is most of the work of remembering.
fn recallable(observations: &Observations) -> SmallVec<[(&[u8], &[u8]); 8]> {
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
