//! The audit log: its format and its rules.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use harness::{assert_golden, request};
use lictor::{
    FailurePolicy, Pointer, Redact, Redaction, RedactionRule, Request, Sink, TenantSettings,
    WhenFull,
};

use crate::fixture::{ALLOW, DENY, bank_with, builder, says, spec};

/// A log in memory.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub fn text(&self) -> String {
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
fn a_request_is_recorded_as_a_whole_or_not_at_all() {
    let asks = |name: &str, value: &str| {
        let request = Request::builder()
            .subject("agent", "agent-7")
            .action("read")
            .resource("tool", "search");
        request.context(name, value).build().unwrap()
    };
    let line = |redaction: Redaction, request: &Request| -> serde_json::Value {
        let memory = Memory::default();
        let sink = Sink::json_lines(memory.clone(), redaction, 100, WhenFull::Refuse).unwrap();
        let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
        host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
        host.evaluate(&bank, request).unwrap();
        sink.flush().unwrap();
        serde_json::from_str(memory.text().trim()).unwrap()
    };
    let rule = |attribute: &str| RedactionRule {
        attribute: Pointer::parse(attribute).unwrap(),
        show: Redact::Mask,
    };
    let note = asks("note", "dear carol");
    let silent = line(Redaction::default(), &note);
    assert!(silent.get("request").is_none() && silent.get("request_hidden").is_none());
    let told = line(Redaction::default().with_requests(), &note);
    assert_eq!(told["request"].to_string(), note.document().to_json());
    assert!(told.get("request_hidden").is_none());

    let hidden = |line: &serde_json::Value| {
        assert_eq!(line["request_hidden"], true, "{line}");
        assert!(line.get("request").is_none(), "{line}");
    };
    let with = |rules: Vec<RedactionRule>| Redaction::new(rules, [7; 32]).with_requests();
    hidden(&line(with(vec![rule("/context/note")]), &note));
    hidden(&line(with(Vec::new()), &asks("api_key", "sesame")));
    let elsewhere = line(with(vec![rule("/context/card")]), &note);
    assert!(
        elsewhere.get("request").is_some(),
        "nothing of it is hidden"
    );
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
