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

use crate::fixture::{ALLOW, DENY, bank_with, builder, says, spec, tenant};

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

    sink.flush().unwrap();
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
    sink.flush().unwrap();
    let log = memory.text();
    assert!(
        log.contains(r#"{"asked":"request.get ","answered":"***"}"#),
        "{log}"
    );
    assert!(!log.contains("sesame"), "{log}");
}

/// A rule about an attribute covers what is found out about it: a yes or no, and what it was compared with.
#[test]
fn what_tests_find_out_about_hidden_values_is_hidden() {
    let memory = Memory::default();
    let rules = serde_json::from_str(
        r#"[{"attribute":"/context/card","show":"mask"},{"attribute":"/subject/id","show":"hash"}]"#,
    );
    let redaction = Redaction::new(rules.unwrap(), [7; 32]);
    let sink = Sink::json_lines(memory.clone(), redaction, 100, WhenFull::Drop).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    let request = Request::builder()
        .subject("agent", "agent-7")
        .action("purchase")
        .resource("order", "4711")
        .context("card", "4111-1111")
        .context("api_key", "sesame")
        .build()
        .unwrap();
    let (equal, is_in, prefix) = (0, 5, 6);
    // Where the value stands, the relation, where the operand stands, its kind, and it.
    for (pointer, relation, at, kind, operand, shown) in [
        (
            "/context/card",
            equal,
            0,
            4,
            "4111-1111",
            r#""request.test /context/card == ***","answered":"***""#,
        ),
        (
            "/context/card",
            prefix,
            0,
            4,
            "4111",
            r#""request.test /context/card begins with ***","answered":"***""#,
        ),
        (
            "/context",
            equal,
            0,
            5,
            "{}",
            r#""request.test /context == ***","answered":"***""#,
        ),
        (
            "/context/api_key",
            prefix,
            0,
            4,
            "ses",
            r#""request.test /context/api_key begins with ***","answered":"***""#,
        ),
        (
            "/subject/id",
            is_in,
            2,
            0,
            "/users",
            r#""request.test /subject/id in data /users","answered":"***""#,
        ),
        (
            "/action/name",
            equal,
            1,
            0,
            "/context/card",
            r#""request.test /action/name == request /context/card","answered":"***""#,
        ),
        (
            "/action/name",
            equal,
            0,
            4,
            "4111-1111",
            r#""request.test /action/name == \"***\"","answered":false"#,
        ),
        (
            "/action/name",
            prefix,
            0,
            4,
            "pur",
            r#""request.test /action/name begins with \"pur\"","answered":true"#,
        ),
        (
            "/context/absent",
            equal,
            0,
            4,
            "x",
            r#""request.test /context/absent == \"x\"","answered":{"neither":"value absent"}"#,
        ),
    ] {
        let parameters = format!(
            r#"{{"pointer": "{pointer}", "relation": {relation}, "at": {at}, "kind": {kind}, "operand": "{operand}", "times": 1}}"#
        );
        host.bind(&bank, spec("test", "1.0.0", "test", &parameters))
            .unwrap();
        host.evaluate(&bank, &request).unwrap();
        sink.flush().unwrap();
        let log = memory.text();
        let line = log.lines().last().unwrap();
        assert!(line.contains(shown), "{shown} in {line}");
        for hidden in ["4111", "agent-7", "sesame"] {
            assert!(!line.contains(hidden), "{hidden} in {line}");
        }
    }
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

#[test]
fn a_hidden_value_is_hidden_in_every_place() {
    for id in ["Alice Smith", "ali`ce", "a/b~c", "Alice \"Al\" Smith"] {
        let memory = Memory::default();
        let rule = RedactionRule {
            attribute: Pointer::parse("/subject/id").unwrap(),
            show: Redact::Mask,
        };
        let redaction = Redaction::new(vec![rule], [7; 32]);
        let sink = Sink::json_lines(memory.clone(), redaction, 100, WhenFull::Refuse).unwrap();
        let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
        let token = id.replace('~', "~0").replace('/', "~1");
        for (policy, pointer) in [
            ("pointer", format!("/users/{token}/roles")),
            ("text", "/context/note".to_owned()),
            ("json", "/context".to_owned()),
        ] {
            let pointer = pointer.replace('"', "\\\"");
            let asks = format!(r#"{{"question": 0, "times": 1, "pointer": "{pointer}"}}"#);
            host.bind(&bank, spec(policy, "1.0.0", "ask", &asks))
                .unwrap();
        }
        let request = Request::builder()
            .subject("agent", id)
            .action("read")
            .resource("mailbox", format!("of {id}"))
            .context("note", format!("{id} wrote"))
            .build()
            .unwrap();
        host.evaluate(&bank, &request).unwrap();
        sink.flush().unwrap();
        let log = memory.text();
        for shown in [
            r#""resource":{"type":"mailbox","id":"of ***"}"#,
            r#"{"asked":"request.get /users/***/roles","answered":{"absent":true}}"#,
            r#"{"asked":"request.get /context/note","answered":"*** wrote"}"#,
            r#"{"asked":"request.get /context","answered":"{\"note\":\"*** wrote\"}"}"#,
        ] {
            assert!(log.contains(shown), "{shown} in {log}");
        }
        for part in ["Alice", "Smith", "ali`", "a/b", "a~1b"] {
            assert!(!log.contains(part), "{log}");
        }
    }
}

#[test]
fn a_record_names_the_version_that_answered_for_one_that_faulted() {
    let memory = Memory::default();
    let sink = Sink::json_lines(memory.clone(), Redaction::default(), 100, WhenFull::Drop).unwrap();
    let tenant = TenantSettings {
        on_failure: FailurePolicy::LastGood,
        ..TenantSettings::default()
    };
    let (host, bank) = bank_with(builder().sink(sink.clone()), tenant);
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    host.evaluate(&bank, &request(1)).unwrap();
    host.bind(&bank, spec("rule", "1.1.0", "sometimes", "{}"))
        .unwrap();
    host.evaluate(&bank, &request(101)).unwrap();
    sink.flush().unwrap();
    let log = memory.text();
    let answered: Vec<bool> = log
        .lines()
        .map(|line| line.contains(r#""answered_by":{"version":"1.0.0""#))
        .collect();
    assert_eq!(answered, [false, true], "{log}");
    assert!(log.contains(r#""version":"1.1.0""#), "{log}");
}
