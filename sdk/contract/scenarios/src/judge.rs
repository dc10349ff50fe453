//! What came of a scenario, compared with what must come.

use crate::{Question, Scenario};

/// What a policy made of a scenario.
#[derive(Debug)]
pub enum Outcome {
    /// It abstained.
    Abstained {
        /// The answers, in the order of the questions.
        answers: Vec<String>,
        /// What it asked, one question each, as the host writes it.
        observed: Vec<String>,
    },
    /// It had a fault, which says this.
    Faulted(String),
}

impl Scenario<'_> {
    /// Compares what came with what must come, and says how many checks that were: one for each answer and one for the
    /// observations, or one for a fault.
    ///
    /// # Panics
    /// Something else came.
    #[track_caller]
    pub fn judge(&self, outcome: &Outcome) -> usize {
        match outcome {
            Outcome::Faulted(given) => self.judge_fault(given),
            Outcome::Abstained { answers, observed } => {
                assert_eq!(self.fault, None, "{}: no fault came", self.name);
                self.judge_answers(answers) + self.judge_observations(observed)
            }
        }
    }

    #[track_caller]
    fn judge_fault(&self, given: &str) -> usize {
        let comes = |fault: &String| given.contains(fault);
        assert!(
            self.fault.as_ref().is_some_and(comes),
            "{}: {given}",
            self.name
        );
        1
    }

    #[track_caller]
    fn judge_answers(&self, given: &[String]) -> usize {
        let (name, questions) = (&self.name, self.questions());
        assert_eq!(given.len(), questions.len(), "{name}: one answer each");
        for (place, (question, given)) in questions.iter().zip(given).enumerate() {
            let expected = question.answer.as_ref();
            assert_eq!(Some(given), expected, "{name}: question {place}");
        }
        questions.len()
    }

    #[track_caller]
    fn judge_observations(&self, given: &[String]) -> usize {
        let questions = self.questions();
        let expected: Vec<String> = questions.iter().filter_map(Question::observation).collect();
        assert_eq!(given, expected, "{}", self.name);
        1
    }
}
