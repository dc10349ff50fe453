//! `lictor eval`: decides one request and shows how the policy came to its decision.

mod json;
mod text;

use lictor::{Effect, PolicyOutcome, RecallSettings, Request, Verdict};

use crate::arguments::EvalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::{self, GivenBinding};
use crate::source::Source;
use crate::trial::Bound;

/// How the answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    explain: bool,
    json: bool,
}

/// Decides the request that was typed.
pub fn run(typed: &EvalArguments) -> Result<Exit, Failure> {
    let binding = GivenBinding::read(&typed.policy)?;
    let request = given::request(&typed.request)?;
    let source = Source::read(&typed.policy.policy)?;
    let trial = binding.trial(&source, RecallSettings::default())?;
    let bound = trial.bind(&binding.parameters, &binding.data)?;
    let outcome = bound.evaluate(&request)?;
    let shown = Shown {
        explain: typed.explain,
        json: typed.json,
    };
    let recalled = if typed.explain {
        Recalled::of(&bound, &request)?
    } else {
        Recalled::Never
    };
    show(&outcome, recalled, trial.limits().fuel, shown)?;
    match outcome.verdict {
        Verdict::Faulted { fault, .. } => Err((*fault).into()),
        Verdict::Decided(decision) => Ok(answer(typed.expect, decision.effect)),
        Verdict::NotApplicable => Ok(Exit::Done),
    }
}

/// Whether the same request would be answered from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recalled {
    /// Yes, as long as the answers hold.
    WhileAnswersHold,
    /// No: the policy asks for the time itself, or too much.
    Never,
}

impl Recalled {
    /// Asks again and looks.
    fn of(bound: &Bound, request: &Request) -> Result<Self, Failure> {
        Ok(match bound.evaluate(request)?.recalled {
            true => Recalled::WhileAnswersHold,
            false => Recalled::Never,
        })
    }
}

fn answer(expected: Option<Effect>, effect: Effect) -> Exit {
    match expected {
        Some(expected) if expected != effect => Exit::No,
        _ => Exit::Done,
    }
}

fn show(
    outcome: &PolicyOutcome,
    recalled: Recalled,
    fuel_limit: u64,
    shown: Shown,
) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    if shown.json {
        json::write(&mut stdout, outcome, shown.explain.then_some(recalled))?;
    } else {
        text::write_decision(&mut stdout, outcome)?;
        if shown.explain {
            text::write_explanation(&mut stdout, outcome, recalled, fuel_limit)?;
        }
    }
    Ok(())
}
