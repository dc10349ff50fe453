//! The audit log: its format, its rules, and what happens when it can't keep up.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use harness::{assert_golden, request};
use lictor::{
    Blame, FailurePolicy, Fault, Pointer, Redact, Redaction, RedactionRule, Request, Sink,
    TenantSettings, WhenFull,
};

use crate::fixture::{ALLOW, DENY, bank_with, builder, says, spec};

/// A log in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hides what differs between versions of the engine and of the tools that make guests.
fn without_digests(log: &str) -> String {
    let mut parts = log.split("blake3:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "blake3:…" + part.get(64..).unwrap()
    })
}

#[test]
fn records_are_as_the_format_says() {
    let memory = Memory::default();
    let rules = vec![
        RedactionRule {
            attribute: Pointer::parse("/subject/id").unwrap(),
            show: Redact::Hash,
        },
        RedactionRule {
            attribute: Pointer::parse("/context/amount").unwrap(),
            show: Redact::Mask,
        },
    ];
    let sink = Sink::json_lines(
        memory.clone(),
        Redaction::new(rules, [7; 32]),
        100,
        WhenFull::Refuse,
    )
    .unwrap();
    let tenant = TenantSettings {
        on_failure: FailurePolicy::Review,
        ..TenantSettings::default()
    };
    let (host, bank) = bank_with(builder().sink(sink.clone()), tenant);

    host.evaluate(&bank, &request(1)).unwrap();
    host.bind(
        &bank,
        spec("limit", "1.0.0", "ordinary", r#"{"limit": 100}"#),
    )
    .unwrap();
    host.bind(&bank, spec("clock", "1.0.0", "read-clock", "{}"))
        .unwrap();
    let refunds =
        serde_json::from_str(r#"{"attribute":"/action/name","one_of":["refund"]}"#).unwrap();
    host.bind(
        &bank,
        says("refunds", "1.0.0", DENY).applies_when([refunds]),
    )
    .unwrap();
    host.evaluate(&bank, &request(50)).unwrap();
    host.bind(&bank, spec("sometimes", "2.0.0-rc.1", "sometimes", "{}"))
        .unwrap();
    host.bind_base(spec("operator", "1.0.0", "operator", "{}"))
        .unwrap();
    host.evaluate(&bank, &request(500)).unwrap();

    sink.flush();
    let log = memory.text();
    assert!(!log.contains("agent-7") && !log.contains("500,"), "{log}");
    assert_golden("records.jsonl", &without_digests(&log));
}

#[test]
fn what_is_named_like_a_secret_is_masked_without_any_rule() {
    let memory = Memory::default();
    let sink = Sink::json_lines(memory.clone(), Redaction::default(), 100, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.bind(
        &bank,
        spec("ask", "1.0.0", "ask", r#"{"question": 0, "times": 1}"#),
    )
    .unwrap();
    let request = Request::builder()
        .subject("agent", "agent-7")
        .action("read")
        .resource("tool", "search")
        .context("api_key", "sesame")
        .build()
        .unwrap();
    host.evaluate(&bank, &request).unwrap();
    sink.flush();
    let log = memory.text();
    assert!(
        log.contains(r#"{"asked":"request.get ","answered":"***"}"#),
        "{log}"
    );
    assert!(!log.contains("sesame"), "{log}");
}

/// A log whose writer stands still until it is told to go on.
struct Stuck {
    reached: Sender<()>,
    go_on: Receiver<()>,
    memory: Memory,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.reached.send(());
        // An error means that the test lets everything through from here on.
        let _ = self.go_on.recv();
        self.memory.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stuck() -> (Stuck, Receiver<()>, Sender<()>, Memory) {
    let (reached, is_reached) = channel();
    let (let_go_on, go_on) = channel();
    let memory = Memory::default();
    (
        Stuck {
            reached,
            go_on,
            memory: memory.clone(),
        },
        is_reached,
        let_go_on,
        memory,
    )
}

#[test]
fn a_full_log_that_drops_counts_and_tells() {
    let (writer, is_reached, go_on, memory) = stuck();
    let sink = Sink::json_lines(writer, Redaction::default(), 2, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();

    host.evaluate(&bank, &request(1)).unwrap();
    is_reached.recv().unwrap();
    // One is being written, two wait, three are lost: their decisions are given all the same.
    for _ in 0..5 {
        host.evaluate(&bank, &request(1)).unwrap();
    }
    assert_eq!(host.records_lost(), 3);
    drop(go_on);
    sink.flush();
    let lost: Vec<bool> = memory
        .text()
        .lines()
        .map(|line| line.contains(r#""lost":3"#))
        .collect();
    assert_eq!(lost, [false, true, false]);
}

#[test]
fn a_full_log_that_refuses_lets_no_decision_out() {
    let (writer, is_reached, go_on, memory) = stuck();
    let sink = Sink::json_lines(writer, Redaction::default(), 1, WhenFull::Refuse).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();

    host.evaluate(&bank, &request(1)).unwrap();
    is_reached.recv().unwrap();
    host.evaluate(&bank, &request(1)).unwrap();
    let fault = host.evaluate(&bank, &request(1)).unwrap_err();
    assert_eq!(
        (fault.clone(), fault.blame()),
        (Fault::Unrecorded, Blame::Host)
    );
    drop(go_on);
    sink.flush();
    assert_eq!(memory.text().lines().count(), 2);
    assert!(host.evaluate(&bank, &request(1)).is_ok());
}

/// A log on a disk that is full until it isn't.
#[derive(Clone)]
struct Disk {
    has_room: Arc<AtomicBool>,
    memory: Memory,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_room.load(Ordering::SeqCst) {
            self.memory.write(bytes)
        } else {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn full_disk() -> Disk {
    Disk {
        has_room: Arc::new(AtomicBool::new(false)),
        memory: Memory::default(),
    }
}

#[test]
fn records_that_cannot_be_written_are_counted() {
    let disk = full_disk();
    let sink = Sink::json_lines(disk.clone(), Redaction::default(), 10, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.evaluate(&bank, &request(1)).unwrap();
    sink.flush();
    assert_eq!(host.records_lost(), 1);

    disk.has_room.store(true, Ordering::SeqCst);
    host.evaluate(&bank, &request(1)).unwrap();
    sink.flush();
    assert!(
        disk.memory.text().contains(r#""lost":1"#),
        "{}",
        disk.memory.text()
    );
}

#[test]
fn a_full_disk_stops_decisions_that_must_be_recorded_and_loses_none() {
    let disk = full_disk();
    let sink = Sink::json_lines(disk.clone(), Redaction::default(), 2, WhenFull::Refuse).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    let mut given = 0;
    // The writer may take one out of the queue at any time, so it takes three or four until it is full.
    let fault = loop {
        match host.evaluate(&bank, &request(1)) {
            Ok(_) => given += 1,
            Err(fault) => break fault,
        }
        assert!(given <= 3, "a queue of two, and one with the writer");
    };
    assert_eq!(fault, Fault::Unrecorded);
    disk.has_room.store(true, Ordering::SeqCst);
    sink.flush();
    assert_eq!(
        (disk.memory.text().lines().count(), host.records_lost()),
        (given, 0)
    );
}
