//! Every guest has a row, and what is said to be tried is there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::row::Row;
use crate::{decide, evaluate, load, setup, system};

/// All rows of all tables.
pub fn rows() -> Vec<Row> {
    [
        load::rows(),
        setup::rows(),
        evaluate::rows(),
        system::rows(),
        decide::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_guest_has_a_row_and_every_row_a_guest() {
    let files: BTreeSet<String> = harness::guests().into_iter().collect();
    let rows: BTreeSet<String> = rows().iter().map(|row| row.guest.to_owned()).collect();
    let without_row: Vec<_> = files.difference(&rows).collect();
    let without_guest: Vec<_> = rows.difference(&files).collect();
    assert!(without_row.is_empty(), "without a row: {without_row:?}");
    assert!(
        without_guest.is_empty(),
        "without a guest: {without_guest:?}"
    );
}

/// Who attacks whom. The last cell of a table's row says what tries it: the guests stand in backticks after the word
/// `guest` or `guests`, up to the next semicolon, and one `*` stands for any text.
const THREATS: &str = include_str!("../../host/THREATS.md");

#[test]
fn what_is_said_to_be_tried_is_there() {
    let files = harness::guests();
    let tables = THREATS.lines().filter_map(|line| line.strip_suffix(" |"));
    let guests: Vec<&str> = tables
        .filter_map(|row| row.rsplit(" | ").next())
        .flat_map(|tried_by| tried_by.split(';'))
        .filter_map(|part| part.split_once("guest"))
        .flat_map(|(_, after)| in_backticks(after))
        .collect();
    let absent: Vec<_> = guests
        .iter()
        .filter(|pattern| !files.iter().any(|file| is_meant(file, pattern)))
        .collect();
    assert!(
        !guests.is_empty() && absent.is_empty(),
        "no such guests: {absent:?}"
    );

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = in_backticks(THREATS)
        .filter(|path| path.starts_with("tests/") || path.contains("/tests/"))
        .peekable();
    assert!(paths.peek().is_some(), "no tests are named");
    let absent: Vec<_> = paths.filter(|path| !root.join(path).exists()).collect();
    assert!(absent.is_empty(), "no such tests: {absent:?}");
}

fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_meant(guest: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => guest
            .strip_prefix(start)
            .is_some_and(|rest| rest.ends_with(end)),
        None => guest == pattern,
    }
}
