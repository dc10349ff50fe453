//! A decision as a program reads it: one JSON object on one line.

use std::io::{self, Write};

use lictor::{Answer, Decision, Line, Observation, PolicyOutcome, Verdict};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Recalled;
use crate::faulted::Faulted;

#[derive(Serialize)]
struct Answered<'a> {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    decision: Option<&'a Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Faulted>,
    policy: &'a str,
    version: String,
    artifact: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation<'a>>,
}

#[derive(Serialize)]
struct Explanation<'a> {
    observations: Vec<Observed>,
    recallable: bool,
    log: Vec<LogLine<'a>>,
    log_dropped: u64,
    fuel_used: u64,
    duration_us: u64,
}

/// A question with its answer as JSON; there is none where nothing stood.
#[derive(Serialize)]
struct Observed {
    asked: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct LogLine<'a> {
    level: String,
    message: &'a str,
}

/// Writes what came of a request; with an explanation where it is given whether that would be recalled.
pub fn write(
    out: &mut impl Write,
    outcome: &PolicyOutcome,
    explained: Option<Recalled>,
) -> io::Result<()> {
    let bound = &outcome.bound;
    let decision = match &outcome.verdict {
        Verdict::Decided(decision) => Some(&**decision),
        Verdict::Faulted { .. } | Verdict::NotApplicable => None,
    };
    let answered = Answered {
        decision,
        fault: outcome.verdict.fault().map(Faulted::of),
        policy: bound.policy.as_str(),
        version: bound.version.to_string(),
        artifact: bound.artifact.to_string(),
        explanation: explained.map(|recalled| Explanation::of(outcome, recalled)),
    };
    serde_json::to_writer(&mut *out, &answered)?;
    writeln!(out)
}

impl<'a> Explanation<'a> {
    fn of(outcome: &'a PolicyOutcome, recalled: Recalled) -> Self {
        let line = |line: &'a Line| LogLine {
            level: line.level.to_string(),
            message: &line.message,
        };
        Self {
            observations: outcome.observations.iter().map(Observed::of).collect(),
            recallable: recalled == Recalled::WhileAnswersHold,
            log: outcome.log.lines().iter().map(line).collect(),
            log_dropped: outcome.log.dropped(),
            fuel_used: outcome.fuel_used,
            duration_us: u64::try_from(outcome.duration.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl Observed {
    fn of(observation: Observation) -> Self {
        let json = match observation.answer {
            Answer::Absent => None,
            Answer::Keys(keys) => serde_json::to_string(&keys).ok(),
            Answer::Test(Ok(answer)) => Some(answer.to_string()),
            Answer::Test(Err(error)) => Some(format!(r#"{{"neither":"{error}"}}"#)),
            answer => Some(answer.to_string()),
        };
        Self {
            asked: observation.question.to_string(),
            // All other answers are displayed as canonical JSON, numbers with every digit.
            answered: json.and_then(|json| RawValue::from_string(json).ok()),
        }
    }
}
