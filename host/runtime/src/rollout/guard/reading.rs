//! Where a guard stands, and what a person reads at night when it has tripped.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rollout::percent::Percent;

/// What is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// `fault_rate`: the share of subjects for which the candidate alone had a fault.
    FaultRate,
    /// `loosened_max`: how many subjects the candidate is less strict to.
    LoosenedMax,
    /// `divergence_rate`: the share of subjects whose decisions differ in what the caller may or must do.
    DivergenceRate,
    /// `latency_ratio`, by fuel: the share of subjects for which the candidate used more than so many times stable's.
    FuelRatio,
    /// `latency_ratio`, by time.
    TimeRatio,
}

impl Guard {
    /// The name under which a plan sets it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FaultRate => "fault_rate",
            Self::LoosenedMax => "loosened_max",
            Self::DivergenceRate => "divergence_rate",
            Self::FuelRatio | Self::TimeRatio => "latency_ratio",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a guard stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which guard.
    pub guard: Guard,
    /// The number that the plan sets: a share from 0 to 1, a count, or a ratio.
    pub limit: f64,
    /// The share of `subjects` from 0 to 1 that may be `marked`: the limit of a rate; a half for a ratio; 1 for a count.
    pub share_max: f64,
    /// How many subjects bear what is guarded against.
    pub marked: u64,
    /// How many subjects could: those that were compared, for a ratio those of which both sides were really evaluated.
    pub subjects: u64,
    /// How near it is to tripping: from 0, where nothing speaks against the candidate, to 1, where it trips.
    pub nearness: f64,
}

impl Reading {
    /// Whether the guard trips.
    pub fn is_tripped(&self) -> bool {
        self.nearness >= 1.0
    }

    /// The share of the subjects that bear what is guarded against, from 0 to 1; 0 of none.
    pub fn share(&self) -> f64 {
        if self.subjects == 0 {
            return 0.0;
        }
        self.marked as f64 / self.subjects as f64
    }
}

/// `fault_rate: 3 of 100 subjects (3 %), limit 1 %, 45 % of the way`
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            guard,
            limit,
            marked,
            subjects,
            ..
        } = self;
        match guard {
            Guard::LoosenedMax => write!(f, "{guard}: {marked} subjects, limit {limit}")?,
            Guard::FaultRate | Guard::DivergenceRate => {
                let (share, limit) = (Percent(self.share()), Percent(*limit));
                write!(
                    f,
                    "{guard}: {marked} of {subjects} subjects ({share}), limit {limit}"
                )?;
            }
            Guard::FuelRatio | Guard::TimeRatio => {
                let of = self.cost();
                let share = Percent(self.share());
                write!(
                    f,
                    "{guard}: {marked} of {subjects} subjects ({share}) over {limit} times the {of}"
                )?;
            }
        }
        write!(f, ", {:.0} % of the way", self.nearness * 100.0)
    }
}

impl Reading {
    fn cost(&self) -> &'static str {
        match self.guard {
            Guard::TimeRatio => "time",
            _ => "fuel",
        }
    }
}

/// A guard that has tripped, with the number that did it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tripped(pub Reading);

/// A sentence without a full stop.
impl fmt::Display for Tripped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reading {
            guard,
            limit,
            marked,
            subjects,
            ..
        } = &self.0;
        let share = Percent(self.0.share());
        let percent = Percent(*limit);
        match guard {
            Guard::FaultRate => write!(
                f,
                "the candidate had faults that stable has not for {marked} of {subjects} subjects ({share}), and `{guard}` allows {percent}"
            ),
            Guard::DivergenceRate => write!(
                f,
                "the candidate decides otherwise than stable for {marked} of {subjects} subjects ({share}), and `{guard}` allows {percent}"
            ),
            Guard::LoosenedMax => write!(
                f,
                "the candidate is less strict than stable to {marked} of {subjects} subjects, and `{guard}` allows {limit}"
            ),
            Guard::FuelRatio | Guard::TimeRatio => {
                let cost = self.0.cost();
                write!(
                    f,
                    "the candidate takes more than {limit} times the {cost} of stable for {marked} of {subjects} subjects ({share}), and `{guard}` allows that for half of them"
                )
            }
        }
    }
}
