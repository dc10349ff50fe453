//! The report that a person reads: a line for each file, what is otherwise than expected, and the sum.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices};

use super::{Difference, Outcome, Verdict, by_file};
use crate::terminal::visible;

const PASSED: Style = AnsiColor::Green.on_default();
const FAILED: Style = AnsiColor::Red.on_default().bold();
const MISSING: Style = AnsiColor::Red.on_default();
const SURPLUS: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();
/// How far what differs stands from the edge.
const INDENT: &str = "      ";

/// Writes the report on verdicts that stand in the order of their files.
///
/// The last line is `N passed, N failed`.
///
/// # Errors
/// What the output says.
pub fn write_report(out: &mut impl Write, verdicts: &[Verdict]) -> io::Result<()> {
    for (file, of_file) in by_file(verdicts) {
        let passed = of_file.iter().filter(|it| it.passed()).count();
        if passed > 0 {
            let cases = if passed == 1 { "case" } else { "cases" };
            let file = file.display();
            writeln!(out, "{PASSED}ok{PASSED:#}    {file}: {passed} {cases}")?;
        }
        for verdict in of_file.iter().filter(|it| !it.passed()) {
            write_failed(out, verdict)?;
        }
    }
    let failed = verdicts.iter().filter(|it| !it.passed()).count();
    writeln!(out, "{} passed, {failed} failed", verdicts.len() - failed)
}

fn write_failed(out: &mut impl Write, verdict: &Verdict) -> io::Result<()> {
    let Verdict { file, name, .. } = verdict;
    let name = visible(name);
    writeln!(out, "{FAILED}FAIL{FAILED:#}  {}: {name}", file.display())?;
    for difference in &verdict.differences {
        write_difference(out, difference)?;
    }
    let Outcome::Decided { decision, .. } = &verdict.outcome else {
        return Ok(());
    };
    for reason in decision.reasons.iter().filter(|it| !it.message.is_empty()) {
        let message = visible(&reason.message);
        writeln!(out, "{INDENT}{FAINT}the policy says: {message}{FAINT:#}")?;
    }
    Ok(())
}

/// Writes one difference, indented.
pub(super) fn write_difference(out: &mut impl Write, difference: &Difference) -> io::Result<()> {
    match difference {
        Difference::Words {
            noun,
            expected,
            found,
        } => {
            writeln!(out, "{INDENT}{noun}:")?;
            write_change(out, MISSING, "-", expected)?;
            write_change(out, SURPLUS, "+", found)
        }
        Difference::Lines {
            noun,
            expected,
            found,
        } => {
            writeln!(out, "{INDENT}{noun}:")?;
            write_lines(out, expected, found)
        }
    }
}

/// Writes two lists as one: `-` stands before what is missing, `+` before what nobody expected.
fn write_lines(out: &mut impl Write, expected: &[String], found: &[String]) -> io::Result<()> {
    let operations = capture_diff_slices(Algorithm::Myers, expected, found);
    let changes = operations
        .iter()
        .flat_map(|operation: &DiffOp| operation.iter_changes(expected, found));
    for change in changes {
        match change.tag() {
            ChangeTag::Delete => write_change(out, MISSING, "-", change.value_ref())?,
            ChangeTag::Insert => write_change(out, SURPLUS, "+", change.value_ref())?,
            ChangeTag::Equal => write_change(out, Style::new(), " ", change.value_ref())?,
        }
    }
    Ok(())
}

fn write_change(out: &mut impl Write, style: Style, sign: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{INDENT}{style}  {sign} {}{style:#}", visible(text))
}
