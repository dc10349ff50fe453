//! What a host remembers.

use std::fs;

use serde_json::Value;

use super::desk::{CHANGE, Desk};

#[test]
fn a_state_is_checked_exported_and_taken_in_again() {
    let (desk, _) = Desk::founded("state");
    let checked: Value =
        serde_json::from_str(&desk.ok("state check --state state --json")).unwrap();
    assert_eq!(checked["changes"], 1);
    let text = desk.run("state export --state state").out;
    let taken = desk.with_stdin("state import - --state copy", text.as_bytes());
    assert_eq!(taken.code, 0, "{}", taken.err);
    assert_eq!(desk.run("state export --state copy").out, text);
    fs::write(desk.path("out.jsonl"), &text).unwrap();
    desk.fails("state import out.jsonl --state copy", 3, "already");
    fs::write(desk.path("cut.jsonl"), &text[..text.len() / 2]).unwrap();
    desk.fails(
        "state import cut.jsonl --state third",
        3,
        "of the export is refused",
    );
    desk.fails("state check --state third", 3, "there is no state");
    desk.fails("state check --state absent", 3, "can't be used");
    desk.fails("keys list --state absent", 3, "`absent`");
}

#[test]
fn a_damaged_state_and_a_held_one_are_refused() {
    let (desk, _) = Desk::founded("damaged");
    let held = desk.store();
    let holder = format!("held by process {}", std::process::id());
    for line in ["state check --state state", "keys list --state state"] {
        desk.fails(line, 6, &holder);
    }
    desk.fails(&format!("keys threshold 1 --updates {CHANGE}"), 6, &holder);
    drop(held);
    desk.ok("state check --state state");
    let file = desk.path("state/state.redb");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
    desk.fails("state check --state state", 3, "is damaged");
    desk.fails("keys list --state state", 3, "is damaged");
}

#[test]
fn what_was_admitted_and_who_changed_what_can_be_seen() {
    let (desk, author) = Desk::founded("seen");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    assert_eq!(desk.ok("state versions --state state"), "");
    desk.admit(&file);
    let versions = desk.ok("state versions --state state");
    assert!(
        versions.starts_with("bank  tiny 1.0.0  blake3:"),
        "{versions}"
    );
    let json: Value =
        serde_json::from_str(&desk.ok("state versions --state state --json")).unwrap();
    assert_eq!(json["admitted"][0]["keys"][0], author.as_str());

    let journal = desk.ok("state journal --state state");
    let lines: Vec<&str> = journal.lines().collect();
    assert_eq!(lines.len(), 2);
    let founded = "olga: install the first keyring, version 1: trust ";
    assert!(
        lines[0].starts_with("1  ") && lines[0].contains(founded),
        "{journal}"
    );
    assert!(
        lines[0].contains(&format!("trust {author} of alice")),
        "{journal}"
    );
    assert!(
        lines[1].ends_with("test: admit tiny 1.0.0 for bank"),
        "{journal}"
    );
    let after = desk.ok("state journal --state state --after 1 --json");
    let json: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(json["sequence"], 2);
}
