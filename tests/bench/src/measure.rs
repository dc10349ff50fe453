//! How times are measured: in alternating batches in one process, so that a noisy neighbour hits floor and subject alike,
//! in several rounds, of whose medians the median counts.
//!
//! It knows nothing of what it measures.

use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Rounds. Each has a median of its own, and the median of those counts.
    pub rounds: usize,
    /// Batches of each subject in one round, in turn with the others'.
    pub batches: usize,
    /// Samples in one batch.
    pub samples: usize,
    /// Calls before each batch that are not measured.
    pub warm_up: usize,
}

impl Plan {
    /// A plan for calls that take some microseconds.
    pub fn of_microseconds(quick: bool) -> Self {
        let plan = Self {
            rounds: 9,
            batches: 20,
            samples: 400,
            warm_up: 50,
        };
        if quick { plan.quick() } else { plan }
    }

    /// The same, but over soon: it shows that the benchmark runs, not how fast anything is.
    fn quick(self) -> Self {
        Self {
            rounds: 3,
            batches: self.batches.div_ceil(5),
            ..self
        }
    }
}

/// Something that is measured: each call is one sample.
pub struct Subject<'a> {
    /// What it is called in the report.
    pub name: &'static str,
    /// How many calls one sample covers, where one call is too short for a clock.
    pub calls: u32,
    /// The work.
    pub work: Box<dyn FnMut() + 'a>,
}

impl<'a> Subject<'a> {
    /// A subject each of whose calls is long enough to be timed alone.
    pub fn new(name: &'static str, work: impl FnMut() + 'a) -> Self {
        Self {
            name,
            calls: 1,
            work: Box::new(work),
        }
    }
}

/// What was measured of one subject, in nanoseconds.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Timing {
    /// The median of the rounds' medians.
    pub p50: f64,
    /// The median of the rounds' 99th percentiles.
    pub p99: f64,
    /// The lowest median of a round.
    pub lowest: f64,
    /// The highest median of a round.
    pub highest: f64,
}

impl Timing {
    /// The median in microseconds, for people.
    pub fn microseconds(&self) -> String {
        format!("{:.2} µs", self.p50 / 1_000.0)
    }
}

/// Measures the subjects against one another. The answers are in the order of the subjects.
pub fn interleaved(plan: Plan, subjects: &mut [Subject<'_>]) -> Vec<Timing> {
    let mut rounds: Vec<Rounds> = subjects.iter().map(|_| Rounds::default()).collect();
    for _ in 0..plan.rounds {
        let mut samples: Vec<Vec<f64>> = subjects.iter().map(|_| Vec::new()).collect();
        for _ in 0..plan.batches {
            for (subject, samples) in subjects.iter_mut().zip(&mut samples) {
                batch(plan, subject, samples);
            }
        }
        for (rounds, samples) in rounds.iter_mut().zip(&mut samples) {
            rounds.add(samples);
        }
    }
    let timings: Vec<Timing> = rounds.iter_mut().map(Rounds::timing).collect();
    for (subject, timing) in subjects.iter().zip(&timings) {
        println!(
            "  {:<44} p50 {:>10.3} µs   p99 {:>10.3} µs   rounds {:.3} to {:.3}",
            subject.name,
            timing.p50 / 1_000.0,
            timing.p99 / 1_000.0,
            timing.lowest / 1_000.0,
            timing.highest / 1_000.0,
        );
    }
    timings
}

fn batch(plan: Plan, subject: &mut Subject<'_>, samples: &mut Vec<f64>) {
    for _ in 0..plan.warm_up {
        (subject.work)();
    }
    for _ in 0..plan.samples {
        let began = Instant::now();
        for _ in 0..subject.calls {
            (subject.work)();
        }
        samples.push(nanoseconds(began.elapsed()) / f64::from(subject.calls));
    }
}

/// A duration in nanoseconds.
pub fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

#[derive(Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Rounds {
    fn add(&mut self, samples: &mut [f64]) {
        self.p50.push(percentile(samples, 50.0));
        self.p99.push(percentile(samples, 99.0));
    }

    fn timing(&mut self) -> Timing {
        Timing {
            p50: median(&mut self.p50),
            p99: median(&mut self.p99),
            lowest: percentile(&mut self.p50, 0.0),
            highest: percentile(&mut self.p50, 100.0),
        }
    }
}

/// The middle value.
pub fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50.0)
}

/// The value below which that share of the values lies; 0 where there are none.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (percent / 100.0 * last as f64).round() as usize;
    values.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.0), 0.0);
        assert_eq!(median(&mut values), 50.0);
        assert_eq!(percentile(&mut values, 99.0), 99.0);
        assert_eq!(percentile(&mut values, 100.0), 100.0);
        assert_eq!(percentile(&mut [], 50.0), 0.0);
    }

    #[test]
    fn each_subject_is_called_as_often_as_planned() {
        let plan = Plan {
            rounds: 2,
            batches: 3,
            samples: 5,
            warm_up: 1,
        };
        let (mut first, mut second) = (0, 0);
        let timings = interleaved(
            plan,
            &mut [
                Subject::new("first", || first += 1),
                Subject {
                    name: "second",
                    calls: 4,
                    work: Box::new(|| second += 1),
                },
            ],
        );
        assert_eq!(timings.len(), 2);
        assert_eq!((first, second), (2 * 3 * 6, 2 * 3 * 21));
    }
}
