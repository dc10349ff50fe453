//! Guards: the numbers beyond which a candidate goes back by itself. Must never judge by anything but a tally.

mod reading;

pub use reading::{Guard, Reading, Tripped};
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, FALSE_ALARM_MAX};
use super::tally::{LOOSENED_SUBJECTS_MAX, Tally};

/// The limits of a phase; what is absent is not guarded.
///
/// Rates are shares of subjects, so that one chatty agent can't decide. A guard over a rate trips when the evidence that the
/// true rate is above its limit is so strong that chance alone would bring it about in one phase of a thousand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Guards {
    /// The share of subjects, from 0 to 1, for which the candidate may have a fault where stable has none. 0 trips at the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_rate: Option<f64>,
    /// The share of subjects, from 0 to 1, whose decisions may differ in what the caller may or must do. 0 trips at the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergence_rate: Option<f64>,
    /// How many subjects the candidate may be less strict to; an exact number, at most 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loosened_max: Option<u64>,
    /// How many times stable's fuel, and how many times its time, the candidate may take for half of the subjects; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ratio: Option<f64>,
}

/// What is wrong with guards.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GuardsError {
    /// A rate is no share.
    #[error("`{guard}` is `{rate}`; it must be from 0 to 1")]
    Rate {
        /// Which guard.
        guard: &'static str,
        /// What it is.
        rate: f64,
    },
    /// A ratio would trip for a candidate that is faster, or never.
    #[error("`latency_ratio` is `{ratio}`; it must be a number of at least 1")]
    Ratio {
        /// What it is.
        ratio: f64,
    },
    /// More than is counted.
    #[error(
        "`loosened_max` is `{count}`; it may be {LOOSENED_SUBJECTS_MAX} at most, since no more are counted"
    )]
    Loosened {
        /// What it is.
        count: u64,
    },
}

impl Guards {
    /// Whether nothing is guarded.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// The first that doesn't.
    pub fn check(&self) -> Result<(), GuardsError> {
        check_rate("fault_rate", self.fault_rate)?;
        check_rate("divergence_rate", self.divergence_rate)?;
        match self.loosened_max {
            Some(count) if count > LOOSENED_SUBJECTS_MAX => {
                return Err(GuardsError::Loosened { count });
            }
            _ => {}
        }
        match self.latency_ratio {
            Some(ratio) if !(ratio.is_finite() && ratio >= 1.0) => {
                Err(GuardsError::Ratio { ratio })
            }
            _ => Ok(()),
        }
    }

    /// The first guard that trips, the gravest first: faults, loosened decisions, divergence, cost.
    pub(crate) fn judge(&self, tally: &Tally) -> Option<Tripped> {
        let tripped = |reading: Reading| reading.is_tripped().then_some(Tripped(reading));
        self.readings(tally).into_iter().find_map(tripped)
    }

    /// Where each guard stands, the gravest first. Cost has two: fuel, which is the same on every machine, before time.
    pub(crate) fn readings(&self, tally: &Tally) -> Vec<Reading> {
        let subjects = tally.subjects();
        let fault_rate = self
            .fault_rate
            .map(|limit| rate(Guard::FaultRate, limit, subjects.faulted, subjects.compared));
        let divergence_rate = self.divergence_rate.map(|limit| {
            rate(
                Guard::DivergenceRate,
                limit,
                subjects.diverged,
                subjects.compared,
            )
        });
        let loosened = self.loosened_max.map(|limit| loosened(limit, tally));
        // The tally knows by which ratio its pairs were counted.
        let ratio = self.latency_ratio.and(tally.latency_ratio());
        let fuel = ratio.map(|ratio| cost(Guard::FuelRatio, ratio, subjects.slower_by_fuel, tally));
        let time = ratio.map(|ratio| cost(Guard::TimeRatio, ratio, subjects.slower_by_time, tally));
        [fault_rate, loosened, divergence_rate, fuel, time]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn check_rate(guard: &'static str, rate: Option<f64>) -> Result<(), GuardsError> {
    match rate {
        Some(rate) if !(0.0..=1.0).contains(&rate) => Err(GuardsError::Rate { guard, rate }),
        _ => Ok(()),
    }
}

fn rate(guard: Guard, limit: f64, marked: u64, subjects: u64) -> Reading {
    Reading {
        guard,
        limit,
        share_max: limit,
        marked,
        subjects,
        nearness: Evidence::against(limit).nearness(marked, subjects, FALSE_ALARM_MAX),
    }
}

fn loosened(limit: u64, tally: &Tally) -> Reading {
    let marked = tally.loosened().count();
    Reading {
        guard: Guard::LoosenedMax,
        limit: limit as f64,
        share_max: 1.0,
        marked,
        subjects: tally.subjects().compared.max(marked),
        // An exact number needs no evidence but itself: one more than the limit trips.
        nearness: (marked as f64 / (limit as f64 + 1.0)).min(1.0),
    }
}

/// A sign test: were the candidate at most `ratio` times as dear as stable for at least half of the subjects, at most half of
/// the votes would say otherwise. It asks nothing about how costs are spread. Fuel and time share the chance of a false alarm.
fn cost(guard: Guard, ratio: f64, marked: u64, tally: &Tally) -> Reading {
    const HALF: f64 = 0.5;
    let subjects = tally.subjects().timed;
    let evidence = Evidence::against(HALF);
    Reading {
        guard,
        limit: ratio,
        share_max: HALF,
        marked,
        subjects,
        nearness: evidence.nearness(marked, subjects, FALSE_ALARM_MAX / 2.0),
    }
}

/// As it is written, before its numbers are checked.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "guards")]
struct Written {
    fault_rate: Option<f64>,
    divergence_rate: Option<f64>,
    loosened_max: Option<u64>,
    latency_ratio: Option<f64>,
}

impl TryFrom<Written> for Guards {
    type Error = GuardsError;

    fn try_from(written: Written) -> Result<Self, GuardsError> {
        let guards = Self {
            fault_rate: written.fault_rate,
            divergence_rate: written.divergence_rate,
            loosened_max: written.loosened_max,
            latency_ratio: written.latency_ratio,
        };
        guards.check()?;
        Ok(guards)
    }
}

#[cfg(test)]
mod tests;
