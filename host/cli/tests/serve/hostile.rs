//! Clients that mean harm, or are broken: each is refused quickly, and others notice nothing.

use std::io::{Read, Write};
use std::net::Shutdown;

use serde_json::json;

use super::certification;
use super::serving::{Serving, answer};

const PATH: &str = "/t/records/access/v1/evaluation";

/// That others are served as ever.
fn others_are_served(serving: &Serving) {
    let request = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    assert_eq!(serving.post(PATH, &request).text, r#"{"decision":true}"#);
}

/// What comes back for these bytes.
fn sent(serving: &Serving, bytes: &[u8]) -> (u16, String) {
    let mut stream = serving.connect();
    drop(stream.write_all(bytes));
    drop(stream.shutdown(Shutdown::Write));
    let answer = answer(&mut stream);
    (answer.status, answer.text)
}

#[test]
fn requests_with_two_meanings_are_refused() {
    let serving = certification::serving("smuggling");
    let usual = serving.usual();
    let hidden = "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";
    for (what, head) in [
        (
            "two lengths",
            "content-length: 5\r\ncontent-length: 6\r\n".to_owned(),
        ),
        ("a length that is none", "content-length: +5\r\n".to_owned()),
        ("a negative length", "content-length: -1\r\n".to_owned()),
        (
            "an encoding that isn't known",
            "transfer-encoding: xchunked\r\n".to_owned(),
        ),
        (
            "an encoding in two spellings",
            "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n".to_owned(),
        ),
        (
            "a space before the colon",
            "content-length : 5\r\n".to_owned(),
        ),
        (
            "a folded line",
            "x: a\r\n b\r\ncontent-length : 5\r\n".to_owned(),
        ),
        ("a bare line feed in a name", "x\ny: a\r\n".to_owned()),
        ("a null", "x: a\0b\r\n".to_owned()),
    ] {
        let request =
            format!("POST {PATH} HTTP/1.1\r\nhost: a\r\n{usual}{head}\r\n{hidden}{hidden}");
        let (status, text) = sent(&serving, request.as_bytes());
        assert!(
            status == 0 || (400..500).contains(&status),
            "{what}: {status} {text}"
        );
        assert!(!text.contains("\"live\""), "{what}: {text}");
    }
    others_are_served(&serving);
}

#[test]
fn what_is_too_large_is_refused() {
    let settings = "[traffic]\nbody_bytes = 2000\n";
    let serving = Serving::configured("large", &["records"], settings);
    let large = vec![b' '; 2_001];
    let asked = serving.ask("POST", PATH, &serving.usual(), &large);
    assert_eq!(asked.status, 413, "{asked:?}");
    // Without a length, in pieces.
    let chunked = format!(
        "POST {PATH} HTTP/1.1\r\nhost: a\r\n{}transfer-encoding: chunked\r\n\r\n7d1\r\n{}\r\n0\r\n\r\n",
        serving.usual(),
        " ".repeat(2_001)
    );
    assert_eq!(sent(&serving, chunked.as_bytes()).0, 413);
    // A length that is announced is refused before it comes.
    let announced = format!(
        "POST {PATH} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}content-length: 99999999999\r\n\r\n",
        serving.usual()
    );
    let mut stream = serving.connect();
    stream.write_all(announced.as_bytes()).unwrap();
    stream.write_all(&large).unwrap();
    assert_eq!(answer(&mut stream).status, 413);

    let header = format!("x: {}\r\n", "a".repeat(40_000));
    let status = serving.ask("GET", "/health/live", &header, b"").status;
    assert!(status == 431 || status == 0, "{status}");
    let headers: String = (0..200).map(|it| format!("x-{it}: a\r\n")).collect();
    let status = serving.ask("GET", "/health/live", &headers, b"").status;
    assert!(status == 431 || status == 0, "{status}");
    let path = format!("/{}", "a".repeat(100_000));
    let status = serving.ask("GET", &path, "", b"").status;
    assert!(status == 414 || status == 431 || status == 0, "{status}");
    assert_eq!(serving.ask("GET", "/health/live", "", b"").status, 200);
}

#[test]
fn who_sends_slowly_loses_the_connection() {
    let settings = "[traffic]\nbody_within_s = 1\nhead_within_s = 1\n";
    let serving = Serving::configured("slow", &["records"], settings);
    let usual = serving.usual();
    // Nothing at all, half a head, and a head without its body.
    for (begun, expected) in [
        (String::new(), [0, 408]),
        (format!("POST {PATH} HTTP/1.1\r\nhost: a\r\n"), [0, 408]),
        (
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{usual}content-length: 10\r\n\r\n{{"
            ),
            [408, 408],
        ),
    ] {
        let mut stream = serving.connect();
        stream.write_all(begun.as_bytes()).unwrap();
        let status = answer(&mut stream).status;
        assert!(expected.contains(&status), "{status} after {begun:?}");
    }
    // A connection that was used and isn't any more.
    let mut stream = serving.connect();
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n")
        .unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert!(all.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_connection_too_many_is_closed_and_the_next_one_is_not() {
    let settings = "[traffic]\nconnections = 4\nhead_within_s = 600\n";
    let serving = Serving::configured("crowd", &["records"], settings);
    let live = b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut held: Vec<_> = (0..4).map(|_| serving.connect()).collect();
    for stream in &mut held {
        stream.write_all(live).unwrap();
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200");
    }
    let mut refused = serving.connect();
    drop(refused.write_all(live));
    assert_eq!(answer(&mut refused).status, 0);
    held.pop();
    // The place is free once the server has seen that the connection is gone.
    let is_served = || {
        let mut stream = serving.connect();
        let close = b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        drop(stream.write_all(close));
        answer(&mut stream).status == 200
    };
    assert!((0..10_000).any(|_| is_served()));
}

#[test]
fn who_closes_half_a_connection_still_gets_the_answer() {
    let serving = certification::serving("half");
    let body = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}}).to_string();
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}content-length: {}\r\n\r\n{body}",
        serving.usual(),
        body.len()
    );
    let (status, text) = sent(&serving, request.as_bytes());
    assert!(
        (status, text.as_str()) == (200, r#"{"decision":true}"#) || status == 0,
        "{status} {text}"
    );
    // Half a body and then nothing more.
    let (half, _) = request.split_at(request.len() - 10);
    let (status, _) = sent(&serving, half.as_bytes());
    assert!(status == 400 || status == 0, "{status}");
    others_are_served(&serving);
}
