//! What is otherwise than expected. It knows nothing of how that is shown.

use lictor::Decision;

use super::Outcome;
use crate::cases::{Expected, ExpectedDecision};

/// One thing that is otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Other words than expected.
    Words {
        /// What differs.
        noun: &'static str,
        /// What was expected.
        expected: String,
        /// What came.
        found: String,
    },
    /// Another list than expected.
    Lines {
        /// What differs.
        noun: &'static str,
        /// What was expected.
        expected: Vec<String>,
        /// What came.
        found: Vec<String>,
    },
}

/// Everything that is otherwise than expected.
pub fn differences(expected: &Expected, outcome: &Outcome) -> Vec<Difference> {
    match (expected, outcome) {
        (
            Expected::Decision { decision, .. },
            Outcome::Decided {
                decision: found,
                observed,
                ..
            },
        ) => of_decision(decision, found, observed),
        (Expected::Refused(part), Outcome::Refused(message)) if message.contains(part) => {
            Vec::new()
        }
        (expected, outcome) => vec![Difference::Words {
            noun: "outcome",
            expected: expected_words(expected),
            found: found_words(outcome),
        }],
    }
}

fn expected_words(expected: &Expected) -> String {
    match expected {
        Expected::Decision { decision, .. } => format!("the decision {}", decision.effect),
        Expected::Refused(part) => format!("parameters refused with `{part}`"),
    }
}

fn found_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Decided { decision, .. } => format!("the decision {}", decision.effect),
        Outcome::Refused(message) => format!("parameters refused with `{message}`"),
        Outcome::Accepted => "parameters accepted".to_owned(),
        Outcome::Fault(fault) => format!("a fault of the {}: {fault}", fault.blame()),
    }
}

fn of_decision(
    expected: &ExpectedDecision,
    found: &Decision,
    observed: &[String],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if expected.effect != found.effect {
        differences.push(Difference::Words {
            noun: "effect",
            expected: expected.effect.to_string(),
            found: found.effect.to_string(),
        });
    }
    let codes = found.reasons.iter().map(|it| it.code.clone()).collect();
    let ids = found.obligations.iter().map(|it| it.id.clone()).collect();
    differences.extend(of_list("reasons", expected.reasons.as_ref(), codes));
    differences.extend(of_list("obligations", expected.obligations.as_ref(), ids));
    differences.extend(of_list(
        "observed",
        expected.observed.as_ref(),
        observed.to_vec(),
    ));
    differences
}

fn of_list(
    noun: &'static str,
    expected: Option<&Vec<String>>,
    found: Vec<String>,
) -> Option<Difference> {
    let expected = expected.filter(|expected| **expected != found)?;
    Some(Difference::Lines {
        noun,
        expected: expected.clone(),
        found,
    })
}
