//! How far a rollout has come: planned, in one of its phases, promoted, aborted or rolled back, and every move with who made
//! it, when and why.
//!
//! A typed state machine that knows no clock, no bindings and no requests.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::Plan;

/// The most moves that are kept of a rollout; the oldest but the first go. Pausing and resuming could go on for ever.
const MOVES_MAX: usize = 128;

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It has not begun: stable decides alone.
    Planned,
    /// It is in this phase of its plan, counted from 0.
    Phase(usize),
    /// The candidate has taken over. The old version is kept warm.
    Promoted,
    /// Stable stays.
    Aborted,
    /// Stable is back after the candidate had taken over.
    RolledBack,
}

/// What can be done with a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Move {
    /// Planned: enter the first phase; be promoted at once where the plan has none.
    Begin,
    /// In a phase that isn't paused: enter the next one; be promoted after the last.
    Advance,
    /// In a phase: stay in it, with its split, while time stands still.
    Pause,
    /// Paused: let time run again.
    Resume,
    /// In a phase: the candidate takes over, whatever phases are left.
    Promote,
    /// Planned or in a phase: stable decides alone from now on.
    Abort,
    /// Promoted, as long as the old version is kept: it decides again from now on.
    RollBack,
}

/// A move that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// What was done.
    pub r#move: Move,
    /// Where it led.
    pub to: Stage,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who: a person, `plan` where time and sample were enough, or `guard`.
    pub by: String,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Who moves a rollout, when and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mover<'a> {
    pub(crate) unix_ms: u64,
    /// For how long hosts have been up, over all restarts.
    pub(crate) uptime_ms: u64,
    pub(crate) by: &'a str,
    pub(crate) why: Option<&'a str>,
}

/// Why a move isn't made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rollout that is {from} can't {}", verb(*.r#move))]
pub struct MoveError {
    /// What was asked for.
    pub r#move: Move,
    /// Where the rollout stands.
    pub from: Standing,
}

/// Where a rollout stands, for people: a stage, and whether it is paused in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The stage.
    pub stage: Stage,
    /// Whether it is paused.
    pub paused: bool,
}

/// How far a rollout has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    stage: Stage,
    paused: bool,
    /// The time in this phase up to `since_ms`.
    time_ms: u64,
    /// The uptime since when time runs.
    since_ms: u64,
    moves: Vec<Moved>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            stage: Stage::Planned,
            paused: false,
            time_ms: 0,
            since_ms: 0,
            moves: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether it is over: nothing but a roll-back can come any more.
    pub fn is_over(&self) -> bool {
        !matches!(self.stage, Stage::Planned | Stage::Phase(_))
    }

    /// The phase that it is in.
    pub fn phase(&self) -> Option<usize> {
        match self.stage {
            Stage::Phase(number) => Some(number),
            _ => None,
        }
    }

    /// Every move, the first first.
    pub fn moves(&self) -> &[Moved] {
        &self.moves
    }

    /// How long it has been in this phase, after so much uptime.
    pub(crate) fn time(&self, uptime_ms: u64) -> Duration {
        let running = match (self.stage, self.paused) {
            (Stage::Phase(_), false) => uptime_ms.saturating_sub(self.since_ms),
            _ => 0,
        };
        Duration::from_millis(self.time_ms.saturating_add(running))
    }

    /// Whether the phase has lasted long enough and compared enough.
    pub(crate) fn is_complete(
        &self,
        plan: &Plan,
        uptime_ms: u64,
        pairs: impl FnOnce() -> u64,
    ) -> bool {
        let phase = self.phase().and_then(|number| plan.phases().get(number));
        phase.is_some_and(|phase| {
            !self.paused && self.time(uptime_ms) >= phase.time && pairs() >= phase.pairs_min
        })
    }

    /// Makes a move.
    ///
    /// # Errors
    /// It isn't legal where the rollout stands; nothing has changed then.
    pub(crate) fn make(
        &mut self,
        r#move: Move,
        plan: &Plan,
        mover: &Mover<'_>,
    ) -> Result<(), MoveError> {
        let from = Standing {
            stage: self.stage,
            paused: self.paused,
        };
        let to = target(r#move, from, plan).ok_or(MoveError { r#move, from })?;
        if to.stage == self.stage {
            self.time_ms =
                u64::try_from(self.time(mover.uptime_ms).as_millis()).unwrap_or(u64::MAX);
        } else {
            self.time_ms = 0;
        }
        self.since_ms = mover.uptime_ms;
        (self.stage, self.paused) = (to.stage, to.paused);
        if self.moves.len() >= MOVES_MAX {
            self.moves.remove(1);
        }
        self.moves.push(Moved {
            r#move,
            to: to.stage,
            at_ms: mover.unix_ms,
            by: mover.by.to_owned(),
            why: mover.why.map(str::to_owned),
        });
        Ok(())
    }
}

/// Where a move leads; nowhere where it isn't legal.
fn target(r#move: Move, from: Standing, plan: &Plan) -> Option<Standing> {
    let at = |number: usize| match plan.phases().get(number) {
        Some(_) => Stage::Phase(number),
        None => Stage::Promoted,
    };
    let Standing { stage, paused } = from;
    let (stage, paused) = match (r#move, stage, paused) {
        (Move::Begin, Stage::Planned, _) => (at(0), false),
        (Move::Advance, Stage::Phase(number), false) => (at(number + 1), false),
        (Move::Pause, Stage::Phase(_), false) => (stage, true),
        (Move::Resume, Stage::Phase(_), true) => (stage, false),
        (Move::Promote, Stage::Phase(_), _) => (Stage::Promoted, false),
        (Move::Abort, Stage::Planned | Stage::Phase(_), _) => (Stage::Aborted, false),
        (Move::RollBack, Stage::Promoted, _) => (Stage::RolledBack, false),
        _ => return None,
    };
    Some(Standing { stage, paused })
}

fn verb(r#move: Move) -> &'static str {
    match r#move {
        Move::Begin => "begin",
        Move::Advance => "advance",
        Move::Pause => "be paused",
        Move::Resume => "be resumed",
        Move::Promote => "be promoted",
        Move::Abort => "be aborted",
        Move::RollBack => "be rolled back",
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Planned => f.write_str("planned"),
            Stage::Phase(number) => write!(f, "in phase {}", number + 1),
            Stage::Promoted => f.write_str("promoted"),
            Stage::Aborted => f.write_str("aborted"),
            Stage::RolledBack => f.write_str("rolled back"),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paused = if self.paused { ", paused" } else { "" };
        write!(f, "{}{paused}", self.stage)
    }
}

#[cfg(test)]
mod tests;
