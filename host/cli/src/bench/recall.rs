//! `lictor bench --recall`: how much of a policy is answered from memory, and which questions stand in the way.

use std::io::{self, Write};
use std::time::Duration;

use lictor::{Request, TenantRecall, Verdict};
use serde::Serialize;

use super::{Distribution, as_nanos};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::{duration, grouped};
use crate::terminal::visible;
use crate::trial::Bound;

/// The most questions that are shown.
const QUESTIONS_MAX: usize = 10;

/// What was measured.
#[derive(Serialize)]
pub(super) struct Recalling {
    requests: usize,
    hits: u64,
    misses: u64,
    unrecallable: u64,
    entries: usize,
    bytes: usize,
    recalled_nanoseconds: Distribution,
    evaluated_nanoseconds: Distribution,
    questions: Vec<Question>,
}

/// One question, and how its answers divide the requests.
#[derive(Serialize)]
struct Question {
    asked: String,
    places: usize,
    answers: u64,
    answers_most: u32,
}

impl Recalling {
    /// Decides the requests in turn, so many times in all.
    pub(super) fn measure(
        bound: &Bound,
        requests: &[Request],
        decisions: u32,
    ) -> Result<Self, Failure> {
        let (mut recalled, mut evaluated) = (Vec::new(), Vec::new());
        for (request, _) in requests.iter().cycle().zip(0..decisions) {
            let began = bound.monotonic();
            let outcome = bound.evaluate(request)?;
            let took = as_nanos(bound.monotonic().saturating_sub(began));
            if outcome.recalled {
                recalled.push(took);
            } else {
                evaluated.push(took);
            }
            if let Verdict::Faulted { fault, .. } = outcome.verdict {
                return Err((*fault).into());
            }
        }
        let memory = bound.recall();
        Ok(Self {
            requests: requests.len(),
            hits: memory.counts.hits,
            misses: memory.counts.misses,
            unrecallable: memory.counts.unrecallable,
            entries: memory.entries,
            bytes: memory.bytes,
            recalled_nanoseconds: Distribution::of(recalled),
            evaluated_nanoseconds: Distribution::of(evaluated),
            questions: questions(&memory),
        })
    }

    pub(super) fn show(&self, json: bool) -> Result<Exit, Failure> {
        let mut stdout = anstream::stdout().lock();
        if json {
            serde_json::to_writer(&mut stdout, self).map_err(io::Error::from)?;
            writeln!(stdout)?;
        } else {
            self.write(&mut stdout)?;
        }
        Ok(Exit::Done)
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let decisions = self.hits + self.misses;
        let ratio = 100.0 * self.hits as f64 / decisions.max(1) as f64;
        writeln!(
            out,
            "{} decisions, {ratio:.2} % of them recalled",
            grouped(decisions)
        )?;
        let rows = [
            ("hits", self.hits),
            ("misses", self.misses),
            ("never recallable", self.unrecallable),
            ("entries", self.entries as u64),
            ("bytes", self.bytes as u64),
        ];
        for (name, count) in rows {
            writeln!(out, "{name:16}{:>12}", grouped(count))?;
        }
        writeln!(out, "{:8}{:>12}{:>12}", "", "recalled", "evaluated")?;
        let recalled = self.recalled_nanoseconds.rows().into_iter();
        for ((name, recalled), (_, evaluated)) in recalled.zip(self.evaluated_nanoseconds.rows()) {
            let [recalled, evaluated] =
                [recalled, evaluated].map(|nanos| duration(Duration::from_nanos(nanos)));
            writeln!(out, "{name:8}{recalled:>12}{evaluated:>12}")?;
        }
        self.write_questions(out)
    }

    fn write_questions(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "answers  question, where most answers differ first")?;
        for question in &self.questions {
            let places = match question.places {
                1 => String::new(),
                places => format!("  at {places} places"),
            };
            writeln!(
                out,
                "{:>7}  {}{places}",
                question.answers,
                visible(&question.asked)
            )?;
        }
        Ok(())
    }
}

fn questions(memory: &TenantRecall) -> Vec<Question> {
    let first = memory.fan_out.iter().take(QUESTIONS_MAX);
    first
        .map(|fan_out| Question {
            asked: fan_out.question.to_string(),
            places: fan_out.places,
            answers: fan_out.answers,
            answers_most: fan_out.answers_max,
        })
        .collect()
}
