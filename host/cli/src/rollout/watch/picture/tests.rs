use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;

use lictor::DivergenceReport;

use super::*;

/// A rollout in its second phase, with a guard that is half on its way.
fn shown() -> Shown {
    let binding = |version: &str| {
        let digest = format!("blake3:{}", "0".repeat(64));
        json!({"version": version, "artifact": digest, "revision": digest})
    };
    let counts = json!({
        "pairs": 1234, "same": 1200, "reworded": 0, "tightened": 24, "loosened": 10, "faulted": 0,
        "fuel_ratio": 1.5, "time_ratio": null
    });
    let status = json!({
        "tenant": "bank",
        "rollout": "spend-limit-2",
        "plan": {"name": "careful", "strict": "fleet", "phases": [
            {"kind": "shadow", "time": "24h"},
            {"kind": "canary", "percent": 10.0, "time": "24h"},
            {"kind": "canary", "percent": 90.0, "time": "48h"},
        ]},
        "stage": {"phase": 1},
        "paused": false,
        "waits": false,
        "time": {"secs": 21600, "nanos": 0},
        "time_left": {"secs": 64800, "nanos": 0},
        "replaces": [{"policy": "spend-limit", "from": binding("1.0.0"), "to": binding("2.0.0")}],
        "phase": counts,
        "total": counts,
        "dropped": 3,
        "guards": [
            {"guard": "loosened_max", "limit": 10.0, "share_max": 1.0, "marked": 6, "subjects": 400, "nearness": 0.545},
        ],
        "moves": [
            {"move": "begin", "to": {"phase": 0}, "at_ms": 1_800_000_000_000_u64, "by": "olga", "why": "ticket \u{1b}[31m4711"},
            {"move": "advance", "to": {"phase": 1}, "at_ms": 1_800_086_400_000_u64, "by": "plan"},
        ],
        "unwritten": false,
    });
    Shown {
        status: serde_json::from_value(status).unwrap(),
        divergence: DivergenceReport::default(),
        is_running: true,
    }
}

fn drawn(shown: &Shown, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, shown)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn a_rollout_is_seen_at_a_glance() {
    let drawn = drawn(&shown(), 96, 20);
    assert_eq!(drawn, include_str!("tests.txt"), "\n{drawn}");
}

/// A terminal of any size shows what fits and never panics; nor does a rollout of any stage.
#[test]
fn any_terminal_shows_any_rollout() {
    let mut shown = shown();
    for stage in [
        Stage::Planned,
        Stage::Phase(0),
        Stage::Phase(2),
        Stage::Phase(9),
        Stage::Promoted,
        Stage::Aborted,
        Stage::RolledBack,
    ] {
        shown.status.stage = stage;
        shown.is_running = !shown.is_running;
        for (width, height) in [(1, 1), (2, 40), (20, 3), (40, 12), (200, 60)] {
            drawn(&shown, width, height);
        }
    }
}
