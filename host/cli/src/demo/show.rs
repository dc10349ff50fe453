//! What the demo prints, and how.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use lictor::{Effect, Fetched, Outcome, Request, Verdict};

use crate::figures::{duration, grouped};

const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

pub(super) fn title(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{TITLE}{text}{TITLE:#}")
}

pub(super) fn text(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{text}")
}

pub(super) fn step(out: &mut impl Write, number: u32, text: &str) -> io::Result<()> {
    writeln!(out, "\n{TITLE}{number}. {text}{TITLE:#}")?;
    // What comes next may take a while, so this must not wait for it.
    out.flush()
}

pub(super) fn built(out: &mut impl Write, artifact: &Fetched) -> io::Result<()> {
    let manifest = artifact.manifest();
    let name = format!("{} {}", manifest.policy, manifest.version);
    writeln!(
        out,
        "   {name:<20} {:>8} bytes   artifact {}",
        grouped(artifact.component().len() as u64),
        artifact.digest().short()
    )?;
    out.flush()
}

pub(super) fn row(out: &mut impl Write, label: &str, value: &str) -> io::Result<()> {
    writeln!(out, "   {label:<38} {value}")
}

fn colour(effect: Effect) -> Style {
    match effect {
        Effect::Abstain => Style::new(),
        Effect::Allow => AnsiColor::Green.on_default(),
        Effect::Review => AnsiColor::Yellow.on_default(),
        Effect::Deny => AnsiColor::Red.on_default(),
    }
}

fn wants(request: &Request) -> String {
    let context = request.document().root().member("context");
    let amount = context.and_then(|context| context.member("amount"));
    let amount = amount
        .map(|amount| format!(" for {}", amount.to_json()))
        .unwrap_or_default();
    format!(
        "{} {} {}{amount}",
        request.action_name(),
        request.resource_type(),
        request.resource_id()
    )
}

pub(super) fn decisions_head(out: &mut impl Write) -> io::Result<()> {
    let head = format!(
        "   {:<11} {:<36} {:<8} {:<9} why",
        "agent", "wants to", "bank", "exchange"
    );
    writeln!(out, "{FAINT}{head}{FAINT:#}")
}

pub(super) fn decisions(
    out: &mut impl Write,
    request: &Request,
    outcomes: &[Outcome; 2],
) -> io::Result<()> {
    write!(
        out,
        "   {:<11} {:<36}",
        request.subject_id(),
        wants(request)
    )?;
    for (outcome, width) in outcomes.iter().zip([8, 9]) {
        let effect = outcome.decision.effect;
        let style = colour(effect);
        write!(out, " {style}{effect:<width$}{style:#}")?;
    }
    let [bank, exchange] = outcomes.each_ref().map(codes);
    if bank == exchange {
        writeln!(out, " {bank}")
    } else {
        writeln!(out, " {bank} / {exchange}")
    }
}

fn codes(outcome: &Outcome) -> String {
    let codes: Vec<&str> = outcome
        .decision
        .reasons
        .iter()
        .map(|reason| reason.code.as_str())
        .collect();
    codes.join(", ")
}

pub(super) fn counts(out: &mut impl Write, house: &str, counts: [u32; 4]) -> io::Result<()> {
    let [_, allow, review, deny] = counts;
    writeln!(
        out,
        "   {house:<9} allowed {allow}, sent to a person {review}, denied {deny}"
    )
}

pub(super) fn explanation(
    out: &mut impl Write,
    request: &Request,
    outcome: &Outcome,
) -> io::Result<()> {
    writeln!(
        out,
        "   Why the bank denies `{}`: all that its policies looked at",
        wants(request)
    )?;
    for ran in &outcome.policies {
        let said = match &ran.verdict {
            Verdict::NotApplicable => "does not apply".to_owned(),
            Verdict::Decided(decision) => decision.effect.to_string(),
            Verdict::Faulted { fault, .. } => fault.to_string(),
        };
        let took = duration(ran.duration);
        writeln!(
            out,
            "   {:<12} {said:<9}{FAINT}fuel {}, {took}{FAINT:#}",
            ran.bound.policy,
            grouped(ran.fuel_used)
        )?;
        for observation in ran.observations.iter() {
            writeln!(out, "     {observation}")?;
        }
    }
    Ok(())
}
