//! Being told to end.

use std::io::{Read, Write};

use serde_json::json;

use super::certification;
use super::serving::{Serving, answer};

#[test]
fn what_is_in_flight_is_answered_and_nothing_new_is_taken() {
    let mut serving = certification::serving("stopping");
    assert_eq!(serving.ask("GET", "/health/ready", "", b"").status, 200);
    assert_eq!(serving.ask("GET", "/health/live", "", b"").status, 200);

    // A request whose body isn't all there when the server is told to end.
    let body = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}}).to_string();
    let (first, rest) = body.split_at(10);
    let head = format!(
        "POST /t/records/access/v1/evaluation HTTP/1.1\r\nhost: lictor\r\n{}content-length: {}\r\n\r\n{first}",
        serving.usual(),
        body.len()
    );
    let mut in_flight = serving.connect();
    in_flight.write_all(head.as_bytes()).unwrap();
    // One that waits for nothing: it is closed.
    let mut idle = serving.connect();
    // The server has seen both once it has answered a third.
    assert_eq!(serving.ask("GET", "/health/live", "", b"").status, 200);

    serving.signal("-TERM");
    let note = serving.note();
    assert!(note.contains("ends as soon as"), "{note}");
    in_flight.write_all(rest.as_bytes()).unwrap();
    let answer = answer(&mut in_flight);
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (200, r#"{"decision":true}"#)
    );
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
    let address = serving.address.clone();
    let (status, _) = serving.end();
    assert!(status.success(), "{status}");
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn what_never_ends_holds_the_server_up_no_longer_than_is_set() {
    let settings = "[traffic]\nstop_within_s = 1\n";
    let serving = Serving::configured("held-up", &["records"], settings);
    let mut stream = serving.connect();
    let head = format!(
        "POST /t/records/access/v1/evaluation HTTP/1.1\r\nhost: lictor\r\n{}content-length: 5\r\n\r\n",
        serving.usual()
    );
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(serving.ask("GET", "/health/live", "", b"").status, 200);
    serving.signal("-TERM");
    let (status, _) = serving.end();
    assert!(status.success(), "{status}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut serving = Serving::start("at-once", &["records"]);
    let mut stream = serving.connect();
    let head = format!(
        "POST /t/records/access/v1/evaluation HTTP/1.1\r\nhost: lictor\r\n{}content-length: 5\r\n\r\n",
        serving.usual()
    );
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(serving.ask("GET", "/health/live", "", b"").status, 200);
    serving.signal("-INT");
    assert!(serving.note().contains("ends as soon as"));
    serving.signal("-INT");
    let (status, _) = serving.end();
    assert!(!status.success(), "{status}");
}

#[test]
fn settings_are_checked_as_a_whole() {
    let serving = Serving::start("check", &["records"]);
    let write = |text: &str| std::fs::write(serving.desk.path("other.toml"), text).unwrap();
    write("public = \"http://a\"\n[decisions]\ncallers = \"me\"\n");
    let check = "serve --settings other.toml --check";
    serving.desk.fails(check, 3, "line 1: `http://a`");
    serving.desk.fails(check, 3, "line 3: `me`");
    write("[decisions]\nlisten = \"0.0.0.0:0\"\n");
    serving
        .desk
        .fails(check, 3, "line 2: others than this machine");
    serving.desk.fails(
        "serve --state state --listen 0.0.0.0:0",
        3,
        "without encryption",
    );
    write("[traffic]\nconnections = 5\n");
    serving.desk.ok(check);
    // A second host on the same state, or on the same port.
    serving.desk.fails("serve --state state", 6, "is held");
    let taken = &serving.address;
    serving.desk.fails(
        &format!("serve --state elsewhere --listen {taken}"),
        6,
        "can't be listened on",
    );
}
