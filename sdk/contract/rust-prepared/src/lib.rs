//! Answers the scenarios that every SDK must pass from questions that were read when the policy was prepared.

#[path = "../../rust/src/asking.rs"]
mod asking;

use asking::Question;
use lictor_sdk::{Ask, Decision, Fault, ParameterError, Parameters, Policy};

/// The questions of the scenario.
#[derive(Debug)]
pub struct Prepared {
    questions: Vec<Question>,
}

lictor_sdk::policy!(prepared Prepared);

impl Policy for Prepared {
    fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self {
            questions: asking::read(parameters)?,
        })
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        asking::answer(&self.questions, ask)
    }
}
