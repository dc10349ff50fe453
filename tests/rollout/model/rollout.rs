//! One rollout: where it stands, what was compared, and what its guards must make of that.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use lictor::{Effect, Move, Stage};

use super::evidence;
use super::plan::{Phase, Plan};
use super::split::Circle;
use super::{Bound, Replacement};

/// So many subjects for whom the candidate is dearer are enough, where it is so for all.
const SLOW_SUBJECTS_MAX: usize = 20;

#[derive(Debug)]
pub struct Rollout {
    pub name: String,
    pub plan: Plan,
    pub circle: Circle,
    pub new: Replacement,
    pub old: Replacement,
    pub stage: Stage,
    pub paused: bool,
    pub time: Duration,
    /// Whether it can still be rolled back.
    pub warm: bool,
    pub tally: Tally,
    /// What of it outlives a crash, with its phase.
    pub kept: (Option<usize>, Tally),
    pub dropped: u64,
    /// Subjects that were on the canary side once, which they never leave.
    pub canary: BTreeSet<String>,
    /// Subjects that were on the stable side in this phase, in which they stay there.
    pub beside: BTreeSet<String>,
}

/// How two versions differ about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Same,
    Tightened,
    Loosened,
    Faulted,
}

impl Class {
    pub fn of(stable: (Effect, bool), candidate: (Effect, bool)) -> Self {
        if candidate.1 && !stable.1 {
            return Self::Faulted;
        }
        match candidate.0.cmp(&stable.0) {
            std::cmp::Ordering::Less => Self::Loosened,
            std::cmp::Ordering::Equal => Self::Same,
            std::cmp::Ordering::Greater => Self::Tightened,
        }
    }
}

/// A request that waits to be compared in one rollout.
#[derive(Debug)]
pub struct Pair {
    pub rollout: String,
    pub phase: usize,
    pub subject: Option<String>,
    pub class: Class,
    /// Whether the candidate is the dearer one, where both sides run.
    pub may_be_slow: bool,
    /// Whether both surely run, and it is dearer by far.
    pub is_slow: bool,
    pub decided: Vec<Rc<Bound>>,
}

/// What was compared in a phase.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub pairs: BTreeMap<Class, u64>,
    compared: BTreeSet<Option<String>>,
    of_class: BTreeMap<Class, BTreeSet<Option<String>>>,
    diverged: BTreeSet<Option<String>>,
    slow: BTreeSet<Option<String>>,
    /// The guards that may have tripped by now.
    pub may: BTreeSet<&'static str>,
    /// One that has to have tripped.
    pub must: Option<&'static str>,
}

impl Rollout {
    pub fn phase(&self) -> Option<usize> {
        match self.stage {
            Stage::Phase(phase) => Some(phase),
            _ => None,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Planned | Stage::Phase(_))
    }

    /// Where a move leads; nowhere where it isn't legal.
    pub fn target(&self, r#move: Move) -> Option<Stage> {
        let at = |phase: usize| match phase < self.plan.phases.len() {
            true => Stage::Phase(phase),
            false => Stage::Promoted,
        };
        match (r#move, self.stage, self.paused) {
            (Move::Begin, Stage::Planned, _) => Some(at(0)),
            (Move::Advance, Stage::Phase(phase), false) => Some(at(phase + 1)),
            (Move::Pause, Stage::Phase(_), false) | (Move::Resume, Stage::Phase(_), true) => {
                Some(self.stage)
            }
            (Move::Promote, Stage::Phase(_), _) => Some(Stage::Promoted),
            (Move::Abort, Stage::Planned | Stage::Phase(_), _) => Some(Stage::Aborted),
            (Move::RollBack, Stage::Promoted, _) if self.warm => Some(Stage::RolledBack),
            _ => None,
        }
    }

    pub fn make(&mut self, r#move: Move, to: Stage) {
        self.paused = r#move == Move::Pause;
        if to != self.stage {
            self.stage = to;
            self.time = Duration::ZERO;
            self.beside.clear();
            if self.phase().is_some() {
                self.tally = Tally::default();
            }
        }
    }

    /// What was counted since the host wrote it down last is gone with it.
    pub fn crash(&mut self) {
        let (phase, tally) = self.kept.clone();
        self.tally = match phase == self.phase() {
            true => tally,
            false => Tally::default(),
        };
    }

    pub fn is_complete(&self) -> bool {
        let Some(phase) = self.phase().map(|phase| &self.plan.phases[phase]) else {
            return false;
        };
        let pairs: u64 = self.tally.pairs.values().sum();
        !self.paused && self.time >= phase.time && pairs >= phase.pairs_min
    }

    /// Takes down a pair of this phase.
    pub fn compare(&mut self, pair: Pair) {
        if self.phase() != Some(pair.phase) {
            return;
        }
        pair.decided.iter().for_each(|it| it.decided.set(true));
        let tally = &mut self.tally;
        *tally.pairs.entry(pair.class).or_default() += 1;
        let subject = pair.subject;
        tally.compared.insert(subject.clone());
        if pair.class != Class::Same {
            tally.diverged.insert(subject.clone());
        }
        if pair.may_be_slow {
            tally.may.insert("fuel");
        }
        if pair.is_slow {
            tally.slow.insert(subject.clone());
        }
        let of_class = tally.of_class.entry(pair.class).or_default();
        of_class.insert(subject);
        self.tally.judge(&self.plan.phases[pair.phase]);
    }
}

impl Tally {
    fn judge(&mut self, phase: &Phase) {
        let subjects = self.compared.len();
        let count = |class| self.of_class.get(&class).map_or(0, BTreeSet::len);
        let (faulted, loosened) = (count(Class::Faulted), count(Class::Loosened));
        let rates = [
            ("fault_rate", phase.guards.fault_rate, faulted),
            (
                "divergence_rate",
                phase.guards.divergence_rate,
                self.diverged.len(),
            ),
        ];
        for (guard, limit, marked) in rates {
            let Some(limit) = limit else { continue };
            if evidence::may_trip(marked, subjects, limit) {
                self.may.insert(guard);
            }
            if evidence::must_trip(marked, subjects, limit) {
                self.must.get_or_insert(guard);
            }
        }
        if phase.guards.loosened_max.is_some_and(|max| loosened > max) {
            self.may.insert("loosened_max");
            self.must.get_or_insert("loosened_max");
        }
        match phase.guards.latency_ratio {
            None => {
                self.may.remove("fuel");
            }
            Some(_) if self.slow.len() >= SLOW_SUBJECTS_MAX => {
                self.must.get_or_insert("fuel");
            }
            Some(_) => {}
        }
    }
}
