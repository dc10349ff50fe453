//! The audit log when it can't keep up, or can't be written.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use harness::request;
use lictor::{Blame, Fault, Redaction, Request, Sink, TenantSettings, WhenFull};

use crate::fixture::{ALLOW, bank_with, builder, says, tenant};
use crate::record::Memory;

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
    let sink = Sink::json_lines(writer, Redaction::default(), 6, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();

    host.evaluate(&bank, &request(1)).unwrap();
    is_reached.recv().unwrap();
    // The tenant's half is three: one is being written, two wait, three are lost. Their decisions are given all the same.
    for _ in 0..5 {
        host.evaluate(&bank, &request(1)).unwrap();
    }
    assert_eq!(host.records_lost(), 3);
    drop(go_on);
    sink.flush().unwrap();
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
    let sink = Sink::json_lines(writer, Redaction::default(), 4, WhenFull::Refuse).unwrap();
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
    sink.flush().unwrap();
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
    sink.flush().unwrap();
    assert_eq!(host.records_lost(), 1);

    disk.has_room.store(true, Ordering::SeqCst);
    host.evaluate(&bank, &request(1)).unwrap();
    sink.flush().unwrap();
    assert!(
        disk.memory.text().contains(r#""lost":1"#),
        "{}",
        disk.memory.text()
    );
}

#[test]
fn a_full_disk_stops_decisions_that_must_be_recorded_and_loses_none() {
    let disk = full_disk();
    let sink = Sink::json_lines(disk.clone(), Redaction::default(), 6, WhenFull::Refuse).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    let mut given = 0;
    let fault = loop {
        match host.evaluate(&bank, &request(1)) {
            Ok(_) => given += 1,
            Err(fault) => break fault,
        }
        assert!(given <= 3, "three are the tenant's half");
    };
    assert_eq!((fault, given), (Fault::Unrecorded, 3));
    disk.has_room.store(true, Ordering::SeqCst);
    sink.flush().unwrap();
    assert_eq!(
        (disk.memory.text().lines().count(), host.records_lost()),
        (given, 0)
    );
}

#[test]
fn a_flush_that_fails_is_no_success() {
    struct Unflushed;

    impl Write for Unflushed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    for when_full in [WhenFull::Drop, WhenFull::Refuse] {
        let sink = Sink::json_lines(Unflushed, Redaction::default(), 2, when_full).unwrap();
        let error = sink.flush().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

#[test]
fn a_tenant_that_fills_its_half_loses_only_its_own_records() {
    let (writer, is_reached, go_on, memory) = stuck();
    let sink = Sink::json_lines(writer, Redaction::default(), 6, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    let shop = tenant("shop");
    host.add_tenant(&shop, TenantSettings::default()).unwrap();

    host.evaluate(&bank, &request(1)).unwrap();
    is_reached.recv().unwrap();
    for _ in 0..20 {
        host.evaluate(&bank, &request(1)).unwrap();
    }
    for _ in 0..3 {
        host.evaluate(&shop, &request(1)).unwrap();
    }
    assert_eq!(host.records_lost(), 18);
    drop(go_on);
    sink.flush().unwrap();
    let written = |name: &str| {
        let member = format!(r#""tenant":"{name}""#);
        memory.text().matches(&member).count()
    };
    assert_eq!((written("bank"), written("shop")), (3, 3));

    // What is written has given its places back.
    for _ in 0..3 {
        host.evaluate(&bank, &request(1)).unwrap();
    }
    sink.flush().unwrap();
    assert_eq!((written("bank"), host.records_lost()), (6, 18));
}

#[test]
fn a_few_huge_records_are_full_by_bytes() {
    let (writer, is_reached, go_on, memory) = stuck();
    let sink = Sink::json_lines(writer, Redaction::default(), 6, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    let huge = Request::builder()
        .subject("agent", "agent-7")
        .action("read")
        .resource("tool", "search")
        .context("note", "x".repeat(20 * 1024))
        .build()
        .unwrap();

    host.evaluate(&bank, &huge).unwrap();
    is_reached.recv().unwrap();
    host.evaluate(&bank, &huge).unwrap();
    assert_eq!(host.records_lost(), 0);
    // The half has 48 KiB and three records: a third of 20 KiB is too much, a small one is not.
    host.evaluate(&bank, &huge).unwrap();
    assert_eq!(host.records_lost(), 1);
    host.evaluate(&bank, &request(1)).unwrap();
    assert_eq!(host.records_lost(), 1);
    drop(go_on);
    sink.flush().unwrap();
    assert_eq!(memory.text().lines().count(), 3);
}
