//! A rollout as text, for a person.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use lictor::{DivergenceReport, Move, Moved, Replaced, ReplacedBinding, RolloutStatus, Stage};

use crate::figures::grouped;
use crate::terminal;

/// Where it stands, in a few words: `in phase 2 of 4, canary 10 %, 3h 12m left`.
pub(super) fn standing(status: &RolloutStatus) -> String {
    let mut text = match status.stage {
        Stage::Planned => "planned".to_owned(),
        Stage::Promoted => "promoted".to_owned(),
        Stage::Aborted => "aborted: stable decides".to_owned(),
        Stage::RolledBack => "rolled back: what was in use before decides".to_owned(),
        Stage::Phase(number) => {
            let phases = status.plan.phases();
            let reach = phases.get(number).map(|phase| phase.reach.to_string());
            let (count, reach) = (phases.len(), reach.unwrap_or_default());
            format!("in phase {} of {count}, {reach}", number + 1)
        }
    };
    if let Stage::Phase(_) = status.stage {
        text.push_str(&waiting(status));
    }
    text
}

/// What it waits for.
fn waiting(status: &RolloutStatus) -> String {
    if status.paused {
        return ", paused".to_owned();
    }
    if status.waits {
        return ", complete: waits for `lictor rollout advance`".to_owned();
    }
    match status.time_left {
        Some(left) if !left.is_zero() => format!(", {} left", rough(left)),
        _ => match short_of(status) {
            0 => String::new(),
            pairs => format!(", waits for {} more pairs", grouped(pairs)),
        },
    }
}

/// How many pairs its phase still needs.
fn short_of(status: &RolloutStatus) -> u64 {
    let Stage::Phase(number) = status.stage else {
        return 0;
    };
    let needed = status
        .plan
        .phases()
        .get(number)
        .map_or(0, |it| it.pairs_min);
    needed.saturating_sub(status.phase.pairs)
}

/// A time as a person says it: its two largest units.
pub(super) fn rough(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest}s"),
        (0, 0, _) => format!("{minutes}m {rest}s"),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

/// The pairs of a phase, by class, those that don't occur left out.
pub(super) fn pairs(status: &RolloutStatus) -> String {
    let counts = &status.phase;
    let mut text = format!("{} compared", grouped(counts.pairs));
    for (count, class) in [
        (counts.faulted, "faulted"),
        (counts.loosened, "loosened"),
        (counts.tightened, "tightened"),
        (counts.reworded, "reworded"),
        (status.dropped, "dropped"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {} {class}", grouped(count)));
        }
    }
    text
}

/// What was done, in a word.
pub(super) fn verb(moved: Move) -> &'static str {
    match moved {
        Move::Begin => "begun",
        Move::Advance => "moved on",
        Move::Pause => "paused",
        Move::Resume => "resumed",
        Move::Promote => "promoted",
        Move::Abort => "aborted",
        Move::RollBack => "rolled back",
    }
}

/// One move in one line.
pub(super) fn moved(moved: &Moved) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(moved.at_ms);
    let at = humantime::format_rfc3339_seconds(at);
    let why = moved.why.as_ref().map(|why| format!(": {why}"));
    let text = format!(
        "{at}  {} by {}{}",
        verb(moved.r#move),
        moved.by,
        why.unwrap_or_default()
    );
    terminal::visible(&text).into_owned()
}

/// What a rollout replaces, in one line each.
pub(crate) fn replaced(replaced: &Replaced) -> String {
    let version = |side: &Option<ReplacedBinding>| match side {
        Some(binding) => binding.version.to_string(),
        None => "nothing".to_owned(),
    };
    let bytes = |side: &Option<usize>| match side {
        Some(bytes) => format!("{} bytes", grouped(*bytes as u64)),
        None => "nothing".to_owned(),
    };
    match replaced {
        Replaced::Policy { policy, from, to } => {
            let (from_version, to_version) = (version(from), version(to));
            if from_version != to_version {
                return format!("{policy}  {from_version} -> {to_version}");
            }
            format!("{policy}  {to_version} with other parameters, limits or conditions")
        }
        Replaced::Document {
            document,
            from_bytes,
            to_bytes,
        } => format!("{document}  {} -> {}", bytes(from_bytes), bytes(to_bytes)),
    }
}

/// All of it.
pub(super) fn write(
    out: &mut impl Write,
    status: &RolloutStatus,
    divergence: &DivergenceReport,
) -> io::Result<()> {
    writeln!(
        out,
        "{} of {}: {}",
        status.rollout,
        status.tenant,
        standing(status)
    )?;
    writeln!(
        out,
        "  plan       {}, strict mode {}",
        status.plan.name(),
        status.plan.strict()
    )?;
    for it in &status.replaces {
        writeln!(out, "  replaces   {}", replaced(it))?;
    }
    if let Stage::Phase(_) = status.stage {
        writeln!(out, "  in phase   {}", rough(status.time))?;
        writeln!(out, "  pairs      {}", pairs(status))?;
    }
    for reading in &status.guards {
        writeln!(out, "  guard      {reading}")?;
    }
    for it in &status.moves {
        writeln!(out, "  move       {}", moved(it))?;
    }
    if status.unwritten {
        writeln!(
            out,
            "  trouble    its last move could not be written down yet"
        )?;
    }
    if divergence.pairs > 0 {
        let text = divergence.to_string();
        writeln!(out, "\n{}", terminal::visible(&text))?;
    }
    Ok(())
}
