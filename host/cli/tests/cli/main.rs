//! The command line as a person meets it: what it writes and how it ends.
//!
//! One policy crate is made by `lictor new` and tried in every way, so the tests need nothing that isn't published.

#![cfg(test)]

mod fresh;
mod killed;
mod operate;
mod policies;
mod rollout;
mod running;
/// The registry that the artifact crate's tests use.
#[path = "../../../artifact/tests/registry/server.rs"]
mod server;
mod ship;
mod transcripts;
mod upgrade;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Where these tests keep what they make; cargo's own folder for it.
fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli")
}

/// The program that is tested.
fn lictor() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lictor"))
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}{}",
        output.status,
        said(&output.stdout),
        said(&output.stderr)
    );
    output
}

/// Everything in one test: the crate is made and built once, and the transcripts need its component.
#[test]
fn a_policy_from_nothing_to_a_decision() {
    let component = fresh::make_test_and_build();
    reads_standard_input(&component);
    ship::from_author_to_host(&component);
    operate::a_host_does_what_it_is_asked(&component);
    operate::at_rest_as_running(&component);
    operate::a_running_host_revokes(&component);
    operate::what_was_recorded_is_previewed(&component);
    operate::a_breaker_is_shown_and_closed(&component);
    killed::at_any_moment(&component);
    killed::at_each_step_of_a_change(&component);
    upgrade::another_program_fills_the_cache_while_a_host_decides(&component);
    operate::requests_are_decided(&component);
    operate::a_host_ends_when_it_is_told(&component);
    operate::hosts_that_die_and_folders_that_are_held(&component);
    rollout::a_policy_is_changed_safely(&component);
    transcripts::run(&component);
}

fn reads_standard_input(component: &Path) {
    let request = r#"{"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}"#;
    let mut child = lictor()
        .arg("eval")
        .arg(component)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(request.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.stdout,
        b"deny\n  not-listed: the action `c` is not listed\n"
    );
}
