//! A decision as a person reads it. Texts of the policy never act on the terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use lictor::{Decision, Effect, Observation, PolicyOutcome, Verdict};

use super::Recalled;
use crate::figures::{duration, grouped};
use crate::terminal::visible;

const FAINT: Style = Style::new().dimmed();
/// Questions up to this width stand in a column; after longer ones the answer just follows.
const QUESTION_WIDTH_MAX: usize = 48;

/// How an effect is shown.
pub fn style(effect: Effect) -> Style {
    let colour = match effect {
        Effect::Abstain => AnsiColor::BrightBlack,
        Effect::Allow => AnsiColor::Green,
        Effect::Review => AnsiColor::Yellow,
        Effect::Deny => AnsiColor::Red,
    };
    colour.on_default().bold()
}

/// Writes what the policy decided; nothing when it had a fault.
pub fn write_decision(out: &mut impl Write, outcome: &PolicyOutcome) -> io::Result<()> {
    let Verdict::Decided(decision) = &outcome.verdict else {
        return Ok(());
    };
    let style = style(decision.effect);
    writeln!(out, "{style}{}{style:#}", decision.effect)?;
    write_annotations(out, "  ", &decision.annotations)?;
    write_reasons(out, decision)?;
    write_obligations(out, decision)
}

fn write_reasons(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    for reason in &decision.reasons {
        let code = visible(&reason.code);
        match reason.message.as_str() {
            "" => writeln!(out, "  {code}")?,
            message => writeln!(out, "  {code}: {}", visible(message))?,
        }
        write_annotations(out, "    ", &reason.annotations)?;
    }
    Ok(())
}

fn write_obligations(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    for obligation in &decision.obligations {
        writeln!(
            out,
            "  obligation {}: {} {}",
            visible(&obligation.id),
            visible(&obligation.kind),
            visible(&obligation.properties)
        )?;
        write_annotations(out, "    ", &obligation.annotations)?;
    }
    Ok(())
}

fn write_annotations(
    out: &mut impl Write,
    indent: &str,
    annotations: &[(String, String)],
) -> io::Result<()> {
    for (name, text) in annotations {
        writeln!(
            out,
            "{indent}{FAINT}{} = {}{FAINT:#}",
            visible(name),
            visible(text)
        )?;
    }
    Ok(())
}

/// Writes how the policy came to its decision: what it asked and was answered, in order, what it logged, and what it used.
pub fn write_explanation(
    out: &mut impl Write,
    outcome: &PolicyOutcome,
    recalled: Recalled,
    fuel_limit: u64,
) -> io::Result<()> {
    let observations: Vec<Observation> = outcome.observations.iter().collect();
    writeln!(out, "observations: {}", observations.len())?;
    write_observations(out, &observations)?;
    let recalled = match recalled {
        Recalled::WhileAnswersHold => "from now on, while these answers hold",
        Recalled::Never => "never",
    };
    writeln!(out, "recalled: {recalled}")?;
    write_log(out, outcome)?;
    writeln!(
        out,
        "fuel: {} of {}",
        grouped(outcome.fuel_used),
        grouped(fuel_limit)
    )?;
    writeln!(out, "time: {}", duration(outcome.duration))?;
    let bound = &outcome.bound;
    writeln!(out, "policy: {} {}", bound.policy, bound.version)?;
    writeln!(out, "artifact: {}", bound.artifact)
}

fn write_observations(out: &mut impl Write, observations: &[Observation]) -> io::Result<()> {
    let questions: Vec<String> = observations
        .iter()
        .map(|it| visible(&it.question.to_string()).into_owned())
        .collect();
    let width = questions
        .iter()
        .map(|it| it.chars().count())
        .filter(|width| *width <= QUESTION_WIDTH_MAX)
        .max()
        .unwrap_or(0);
    for (question, observation) in questions.iter().zip(observations) {
        let answer = observation.answer.to_string();
        writeln!(
            out,
            "  {question:width$}  {FAINT}={FAINT:#} {}",
            visible(&answer)
        )?;
    }
    Ok(())
}

fn write_log(out: &mut impl Write, outcome: &PolicyOutcome) -> io::Result<()> {
    if outcome.log.is_empty() {
        return Ok(());
    }
    writeln!(out, "log:")?;
    for line in outcome.log.lines() {
        writeln!(out, "  {:5}  {}", line.level, visible(&line.message))?;
    }
    match outcome.log.dropped() {
        0 => Ok(()),
        dropped => writeln!(
            out,
            "  and {dropped} more lines, for which there was no room"
        ),
    }
}
