//! What guests write is kept within its bytes, and what doesn't fit is counted.

use harness::{bind, patient, view};
use lictor_engine::{Evaluation, Level, Line, Log};

const LOG_BYTES: usize = 16 * 1024;

fn evaluate(guest: &str) -> Evaluation {
    let prepared = bind(guest, "{}", &patient()).expect("it can be bound");
    prepared.evaluate(&view())
}

fn bytes(log: &Log) -> usize {
    log.lines().iter().map(|line| line.message.len()).sum()
}

fn line(level: Level, message: &str) -> Line {
    Line {
        level,
        message: message.to_owned(),
    }
}

#[test]
fn a_flood_of_lines_stays_within_its_bytes_and_is_counted() {
    for guest in ["log-flood", "log-flood-of-empty-lines", "print-flood"] {
        let log = evaluate(guest).log;
        assert!(bytes(&log) <= LOG_BYTES, "{guest}: {}", bytes(&log));
        assert!(
            log.lines().len() <= LOG_BYTES / 16,
            "{guest}: {}",
            log.lines().len()
        );
        assert!(log.dropped() > 100, "{guest}: {}", log.dropped());
    }
}

#[test]
fn every_line_is_kept_or_counted() {
    let log = evaluate("log-of-many-bytes").log;
    assert_eq!((log.lines().len(), log.dropped()), (1, 9));
    assert_eq!(bytes(&log), 10_000);
}

#[test]
fn what_is_printed_becomes_lines() {
    let log = evaluate("print").log;
    let expected = [
        line(Level::Info, "one"),
        line(Level::Info, "two"),
        line(Level::Info, "three"),
        line(Level::Warn, "oh \u{fffd} no"),
        line(Level::Info, "four"),
    ];
    assert_eq!(log.lines(), expected);
    assert_eq!(log.dropped(), 0);
}

#[test]
fn a_handle_from_the_set_up_still_prints() {
    let prepared = bind("keep-handle", "{}", &patient()).expect("it can be bound");
    let log = prepared.evaluate(&view()).log;
    assert_eq!(log.lines(), [line(Level::Info, "printed")]);
}

#[test]
fn half_a_line_from_the_set_up_is_no_half_of_another() {
    let prepared = bind("print-in-prepare", "{}", &patient()).expect("it can be bound");
    assert_eq!(prepared.setup_log().lines(), [line(Level::Info, "one")]);
    for _ in 0..2 {
        let log = prepared.evaluate(&view()).log;
        assert_eq!(log.lines(), [line(Level::Info, "two")]);
    }
}

#[test]
fn what_is_written_while_preparing_belongs_to_the_set_up() {
    for guest in ["prepare-noisily", "prepare-noisily-each-time"] {
        let prepared = bind(guest, "{}", &patient()).expect("it can be bound");
        let expected = [line(Level::Info, "prepared")];
        assert_eq!(prepared.setup_log().lines(), expected, "{guest}");
        assert!(prepared.evaluate(&view()).log.is_empty(), "{guest}");
    }
}
