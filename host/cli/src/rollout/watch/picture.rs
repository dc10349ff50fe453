//! A rollout as a picture of text.

use std::time::Duration;

use lictor::{Reach, Reading, Stage};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Gauge, Paragraph};

use super::Shown;
use crate::figures::grouped;
use crate::rollout::text;
use crate::terminal;

/// Moves that are shown at least.
const MOVES: u16 = 3;
/// The width of the names before bars.
const LABEL: u16 = 18;

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, shown: &Shown) {
    let status = &shown.status;
    let title = format!(" {} of {} ", status.rollout, status.tenant);
    let foot = if shown.is_running {
        " q ends this, the rollout goes on "
    } else {
        " no host is running: time stands still "
    };
    let frame_block = Block::bordered().title(title).title_bottom(foot);
    let inner = frame_block.inner(frame.area());
    frame.render_widget(frame_block, frame.area());
    let replaced = status.replaces.len().min(4) as u16;
    let guards = status.guards.len() as u16;
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(replaced),
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(2),
        Constraint::Length(guards.saturating_add(u16::from(guards > 0))),
        Constraint::Min(0),
        Constraint::Length(MOVES.saturating_add(1)),
    ]);
    let [standing, replaces, _, bars, pairs, guards, findings, moves] = rows.areas(inner);
    frame.render_widget(heading(shown), standing);
    frame.render_widget(replaced_lines(shown), replaces);
    draw_progress(frame, shown, bars);
    frame.render_widget(pair_line(shown), pairs);
    draw_guards(frame, &status.guards, guards);
    frame.render_widget(finding_lines(shown), findings);
    frame.render_widget(move_lines(shown), moves);
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn heading(shown: &Shown) -> Paragraph<'static> {
    let status = &shown.status;
    let standing = Span::styled(text::standing(status), bold());
    let plan = format!(
        "   plan {}, strict mode {}",
        status.plan.name(),
        status.plan.strict()
    );
    Paragraph::new(Line::from(vec![standing, Span::raw(plan)]))
}

fn replaced_lines(shown: &Shown) -> Paragraph<'static> {
    let replaced = shown.status.replaces.iter();
    let lines: Vec<Line<'_>> = replaced.map(|it| Line::raw(text::replaced(it))).collect();
    Paragraph::new(lines)
}

/// How far the split and the phase have come.
fn draw_progress(frame: &mut Frame<'_>, shown: &Shown, area: Rect) {
    let status = &shown.status;
    let Stage::Phase(number) = status.stage else {
        return;
    };
    let Some(phase) = status.plan.phases().get(number) else {
        return;
    };
    let [split, time] = Layout::vertical([Constraint::Length(1); 2]).areas(area);
    let percent = match &phase.reach {
        Reach::Shadow => 0.0,
        Reach::Canary { percent, .. } => *percent,
    };
    let reach = phase.reach.to_string();
    draw_bar(
        frame,
        split,
        "candidate decides",
        percent / 100.0,
        reach,
        Color::Cyan,
    );
    let label = match status.time_left {
        Some(left) if !left.is_zero() => format!("{} left", text::rough(left)),
        _ => "time is over".to_owned(),
    };
    let share = share(status.time, phase.time);
    draw_bar(frame, time, "phase", share, label, Color::Blue);
}

fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() {
        return 1.0;
    }
    part.as_secs_f64() / whole.as_secs_f64()
}

fn draw_bar(
    frame: &mut Frame<'_>,
    area: Rect,
    name: &str,
    share: f64,
    label: String,
    color: Color,
) {
    let columns = Layout::horizontal([Constraint::Length(LABEL), Constraint::Min(10)]);
    let [left, right] = columns.areas(area);
    frame.render_widget(Paragraph::new(name.to_owned()), left);
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let bar = Gauge::default().ratio(share).label(label);
    frame.render_widget(bar.gauge_style(Style::new().fg(color)), right);
}

fn pair_line(shown: &Shown) -> Paragraph<'static> {
    let counts = &shown.status.phase;
    let classes = [
        ("faulted", counts.faulted, Color::Red),
        ("loosened", counts.loosened, Color::Red),
        ("tightened", counts.tightened, Color::Yellow),
        ("reworded", counts.reworded, Color::Reset),
        ("same", counts.same, Color::Reset),
        ("dropped", shown.status.dropped, Color::Yellow),
    ];
    let mut spans = vec![Span::styled(
        format!("{} pairs", grouped(counts.pairs)),
        bold(),
    )];
    for (class, count, color) in classes {
        let style = if count > 0 {
            Style::new().fg(color)
        } else {
            Style::new()
        };
        spans.push(Span::styled(format!("  {class} {}", grouped(count)), style));
    }
    Paragraph::new(vec![Line::raw(""), Line::from(spans)])
}

fn draw_guards(frame: &mut Frame<'_>, readings: &[Reading], area: Rect) {
    let rows = Layout::vertical(vec![Constraint::Length(1); area.height as usize]).split(area);
    // The first row keeps a distance.
    for (reading, row) in readings.iter().zip(rows.iter().skip(1)) {
        let color = match reading.nearness {
            near if near >= 1.0 => Color::Red,
            near if near >= 0.5 => Color::Yellow,
            _ => Color::Green,
        };
        let text = reading.to_string();
        let label = text
            .split_once(": ")
            .map_or(text.as_str(), |(_, rest)| rest);
        let name = reading.guard.as_str();
        draw_bar(frame, *row, name, reading.nearness, label.to_owned(), color);
    }
}

fn finding_lines(shown: &Shown) -> Paragraph<'static> {
    let text = shown.divergence.to_string();
    let text = terminal::visible(&text);
    let mut lines = vec![Line::raw("")];
    // The first line counts all phases' pairs, which stand above for this one.
    lines.extend(text.lines().skip(1).map(|line| Line::raw(line.to_owned())));
    Paragraph::new(lines)
}

fn move_lines(shown: &Shown) -> Paragraph<'static> {
    let moves = &shown.status.moves;
    let last = moves.iter().skip(moves.len().saturating_sub(MOVES.into()));
    let mut lines = vec![Line::raw("")];
    lines.extend(last.map(|moved| Line::raw(text::moved(moved))));
    Paragraph::new(lines)
}

#[cfg(test)]
mod tests;
