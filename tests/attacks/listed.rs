//! Every guest has a row.

use std::collections::BTreeSet;

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
