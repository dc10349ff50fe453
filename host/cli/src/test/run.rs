//! Runs cases: binds the policy once for all cases that share parameters and data, then decides them side by side.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lictor::{
    BindError, Blame, Document, Documents, Fault, PolicyOutcome, Refusal, Request, Verdict as Said,
};

use super::{Outcome, Verdict, differences};
use crate::cases::{Case, Expected};
use crate::failure::Failure;
use crate::trial::{Bound, Trial};

/// How often a case is tried when the fault is the host's, mostly because the machine is busy: that says nothing of the
/// policy.
const TRIES: u32 = 3;

/// Runs all cases, so many at once, and gives the verdicts in their order.
///
/// # Errors
/// The component is refused for another reason than its parameters.
pub fn run(trial: &Trial, cases: &[Case], at_once: usize) -> Result<Vec<Verdict>, Failure> {
    let bindings = Bindings::bind(trial, cases)?;
    let mut verdicts: Vec<Option<Verdict>> = cases.iter().map(|_| None).collect();
    for (now_unix_ms, indices) in by_time(cases) {
        trial.set_now(now_unix_ms);
        let numbered = side_by_side(&indices, at_once, |index| {
            let case = cases.get(index)?;
            Some((index, verdict(case, bindings.of(case))))
        });
        for (index, verdict) in numbered {
            if let Some(place) = verdicts.get_mut(index) {
                *place = Some(verdict);
            }
        }
    }
    Ok(verdicts.into_iter().flatten().collect())
}

/// The host has one clock, so cases of one time run together. The indices of the cases of each time, in order.
fn by_time(cases: &[Case]) -> Vec<(u64, Vec<usize>)> {
    let mut groups: Vec<(u64, Vec<usize>)> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|(time, _)| *time == case.now_unix_ms)
        {
            Some((_, indices)) => indices.push(index),
            None => groups.push((case.now_unix_ms, vec![index])),
        }
    }
    groups
}

/// Calls for each index, on so many threads.
fn side_by_side<T: Send>(
    indices: &[usize],
    at_once: usize,
    call: impl Fn(usize) -> Option<T> + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(indices.len()));
    let work = || {
        while let Some(index) = indices.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = call(*index);
            results
                .lock()
                .expect("no thread panics with it")
                .extend(result);
        }
    };
    thread::scope(|scope| {
        for _ in 0..at_once.min(indices.len()) {
            scope.spawn(work);
        }
    });
    results.into_inner().expect("no thread panicked with it")
}

// Bindings.

/// A policy bound to some parameters and data, or what it said when it refused the parameters.
struct Binding<'a> {
    parameters: &'a Document,
    data: &'a Documents,
    bound: Result<Bound, String>,
}

struct Bindings<'a>(Vec<Binding<'a>>);

impl<'a> Bindings<'a> {
    /// Binds for each distinct pair of parameters and data.
    fn bind(trial: &Trial, cases: &'a [Case]) -> Result<Self, Failure> {
        let mut bindings = Self(Vec::new());
        for case in cases {
            if bindings.find(case).is_some() {
                continue;
            }
            let bound = match trial.bind(&case.parameters, &case.data) {
                Ok(bound) => Ok(bound),
                Err(error) => Err(refused_parameters(error)?),
            };
            bindings.0.push(Binding {
                parameters: &case.parameters,
                data: &case.data,
                bound,
            });
        }
        Ok(bindings)
    }

    fn find(&self, case: &Case) -> Option<&Binding<'a>> {
        let fits = |it: &&Binding<'_>| *it.parameters == case.parameters && *it.data == case.data;
        self.0.iter().find(fits)
    }

    fn of(&self, case: &Case) -> &Result<Bound, String> {
        &self.find(case).expect("every case was bound").bound
    }
}

/// What the policy said when it refused its parameters; any other refusal stops the run.
fn refused_parameters(error: BindError) -> Result<String, Failure> {
    if let BindError::Refused { refusal, .. } = &error
        && let Refusal::Parameters { message } | Refusal::Preparation { message } = &**refusal
    {
        return Ok(message.clone());
    }
    Err(error.into())
}

// Verdicts.

fn verdict(case: &Case, bound: &Result<Bound, String>) -> Verdict {
    let outcome = match (bound, &case.expected) {
        (Err(message), _) => Outcome::Refused(message.clone()),
        (Ok(bound), Expected::Decision { request, .. }) => decided(bound, request),
        (Ok(_), Expected::Refused(_)) => Outcome::Accepted,
    };
    Verdict {
        file: case.file.clone(),
        name: case.name.clone(),
        differences: differences(&case.expected, &outcome),
        outcome,
    }
}

fn decided(bound: &Bound, request: &Request) -> Outcome {
    let mut outcome = one_try(bound, request);
    for _ in 1..TRIES {
        match &outcome {
            Outcome::Fault(fault) if fault.blame() == Blame::Host => {
                outcome = one_try(bound, request);
            }
            _ => break,
        }
    }
    outcome
}

fn one_try(bound: &Bound, request: &Request) -> Outcome {
    bound.evaluate(request).map_or_else(Outcome::Fault, outcome)
}

fn outcome(outcome: PolicyOutcome) -> Outcome {
    match outcome.verdict {
        Said::Decided(decision) => Outcome::Decided {
            decision: Arc::unwrap_or_clone(decision),
            observed: outcome
                .observations
                .iter()
                .map(|it| it.question.to_string())
                .collect(),
            duration: outcome.duration,
        },
        Said::Faulted { fault, .. } => Outcome::Fault(*fault),
        Said::NotApplicable => Outcome::Fault(Fault::Internal {
            detail: "a binding without conditions didn't apply".to_owned(),
        }),
    }
}
