//! One row: a guest, what it is given, and what it must meet. Must never pass a guest that breaks a bound on its way.

use harness::{bind, document, load, patient, view};
use lictor_engine::{Evaluation, Prepared, Refusal, Start, View};
use lictor_policy::{Blame, Decision, Effect, Fault, Limits, POINTER_BYTES_MAX, Request};

/// What an observation has besides its question's pointer and its answer, at most.
const FRAME_BYTES: usize = 16;

/// A guest in a situation, and what must come of it.
pub struct Row {
    pub guest: &'static str,
    pub parameters: String,
    pub limits: Limits,
    pub view: View,
    meets: Meets,
}

/// What a guest meets.
pub enum Meets {
    /// It isn't loaded: the refusal's code, and what its message says among other things.
    Refusal(&'static str, &'static str),
    /// It is loaded but not bound: the whole refusal.
    Unbound(Refusal),
    /// It is loaded but not bound, because its time for that is over.
    UnboundInTime(&'static str),
    /// It is evaluated to this fault, which is the policy's.
    Fault(Fault),
    /// What it hands over isn't taken, with a message that says this among other things.
    Malformed(&'static str),
    /// Its time for the evaluation is over.
    OutOfTime,
    /// It decides, and its first reason has this code.
    Decides(Effect, &'static str),
    /// It allows, and says this.
    Says(String),
    /// It decides as [`Meets::Says`] and each evaluation starts like this.
    Starts(Start, String),
}

impl Row {
    pub fn new(guest: &'static str, meets: Meets) -> Self {
        Self {
            guest,
            parameters: r#"{"limit": 300}"#.to_owned(),
            limits: patient(),
            view: view(),
            meets,
        }
    }

    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub fn parameters(mut self, json: impl Into<String>) -> Self {
        self.parameters = json.into();
        self
    }

    pub fn request(mut self, request: Request) -> Self {
        self.view.request = request;
        self
    }

    pub fn document(mut self, name: &str, json: &str) -> Self {
        let name = name.parse().expect("a good name");
        self.view.data = self.view.data.with(name, document(json));
        self
    }

    /// Runs the guest and says what it met instead.
    pub fn run(&self) -> Result<(), String> {
        if let Meets::Refusal(code, says) = &self.meets {
            return match load(self.guest, &self.limits) {
                Ok(loaded) => self.other(&loaded),
                Err(refusal) => self.refused(&refusal, code, says),
            };
        }
        match (
            bind(self.guest, &self.parameters, &self.limits),
            &self.meets,
        ) {
            (Ok(prepared), _) => self.evaluated(&prepared),
            (Err(met), Meets::Unbound(refusal)) if met == *refusal => Ok(()),
            (
                Err(Refusal::Fault {
                    stage: met,
                    fault: Fault::DeadlineExceeded { .. } | Fault::Starved { .. },
                }),
                Meets::UnboundInTime(stage),
            ) if met == *stage => Ok(()),
            (Err(met), _) => self.other(&met),
        }
    }

    fn refused(&self, refusal: &Refusal, code: &str, says: &str) -> Result<(), String> {
        if refusal.code() == code && refusal.to_string().contains(says) {
            Ok(())
        } else {
            self.other(&format!("{} ({refusal})", refusal.code()))
        }
    }

    fn evaluated(&self, prepared: &Prepared) -> Result<(), String> {
        let evaluation = prepared.evaluate(&self.view);
        self.bounded(&evaluation)?;
        match (&self.meets, &evaluation.outcome) {
            (Meets::Fault(fault), Err(met)) if met == fault => self.blames_policy(met),
            (Meets::Malformed(says), Err(met @ Fault::Malformed { detail }))
                if detail.contains(says) =>
            {
                self.blames_policy(met)
            }
            (
                Meets::OutOfTime,
                Err(Fault::DeadlineExceeded { limit_ms } | Fault::Starved { limit_ms, .. }),
            ) if *limit_ms == self.limits.deadline_ms => Ok(()),
            (Meets::Decides(effect, code), Ok(decision)) => {
                self.decided(decision, *effect, code)?;
                self.repeats(prepared, &evaluation)
            }
            (Meets::Says(words), Ok(decision)) => {
                self.said(decision, words)?;
                self.repeats(prepared, &evaluation)
            }
            (Meets::Starts(start, words), Ok(decision)) if prepared.start() == start => {
                self.said(decision, words)?;
                self.repeats(prepared, &evaluation)
            }
            (_, outcome) => self.other(&format!("{outcome:?}, start {:?}", prepared.start())),
        }
    }

    fn decided(&self, decision: &Decision, effect: Effect, code: &str) -> Result<(), String> {
        let met = decision.reasons.first().map_or("", |reason| &reason.code);
        if decision.effect == effect && met == code {
            Ok(())
        } else {
            self.other(decision)
        }
    }

    fn said(&self, decision: &Decision, words: &str) -> Result<(), String> {
        self.decided(decision, Effect::Allow, "said")?;
        match decision.reasons.first() {
            Some(reason) if reason.message == words => Ok(()),
            _ => self.other(decision),
        }
    }

    /// What decides, decides the same again, for the same fuel, after the same questions.
    fn repeats(&self, prepared: &Prepared, first: &Evaluation) -> Result<(), String> {
        let again = prepared.evaluate(&self.view);
        let same = again.outcome == first.outcome
            && again.fuel_used == first.fuel_used
            && again.observations == first.observations
            && again.log == first.log;
        if same {
            Ok(())
        } else {
            self.other(&format!("{first:?}, and then {again:?}"))
        }
    }

    fn blames_policy(&self, fault: &Fault) -> Result<(), String> {
        match fault.blame() {
            Blame::Policy => Ok(()),
            other => self.other(&format!("{fault:?}, which blames the {other}")),
        }
    }

    /// Whatever came of it, the host kept no more of it than it may.
    fn bounded(&self, evaluation: &Evaluation) -> Result<(), String> {
        let log: usize = evaluation
            .log
            .lines()
            .iter()
            .map(|line| line.message.len())
            .sum();
        let observed = evaluation.observations.as_bytes().len();
        let bounded = log <= self.limits.log_bytes
            && evaluation.observations.len() <= self.limits.questions
            && evaluation.fuel_used <= self.limits.fuel
            && observed
                <= self.limits.observation_bytes
                    + self.limits.answer_bytes
                    + POINTER_BYTES_MAX
                    + FRAME_BYTES;
        if bounded {
            Ok(())
        } else {
            self.other(&format!(
                "{log} bytes of log, {} observations of {observed} bytes, fuel {}",
                evaluation.observations.len(),
                evaluation.fuel_used
            ))
        }
    }

    fn other(&self, met: &impl std::fmt::Debug) -> Result<(), String> {
        Err(format!(
            "`{}` with {} met {met:?}",
            self.guest, self.parameters
        ))
    }
}

/// Runs all rows and reports every one that met something else.
pub fn run(rows: Vec<Row>) {
    let wrong: Vec<String> = rows.iter().filter_map(|row| row.run().err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}
