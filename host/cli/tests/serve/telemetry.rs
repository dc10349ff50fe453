//! What a server tells of itself: its log, and traces of requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use super::serving::Serving;

const ASKED: &str = "/t/bank/access/v1/evaluation";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn question() -> Value {
    json!({"subject": {"type": "user", "id": "alice-in-secret"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "7"}})
}

/// A collector of traces that takes one message, and gives its path and its body.
fn collector() -> (String, JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let taken = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let (mut first, mut length) = (String::new(), 0);
        reader.read_line(&mut first).unwrap();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        reader.get_mut().write_all(answer).unwrap();
        (first, body)
    });
    (format!("http://{address}/v1/traces"), taken)
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|it| it == part)
}

#[test]
fn a_request_is_a_part_of_its_callers_trace_and_tells_nothing_that_is_secret() {
    let (endpoint, taken) = collector();
    let settings = format!("[traces]\nendpoint = \"{endpoint}\"\none_in = 1\n");
    let serving = Serving::configured("traces", &["bank"], &settings);
    let headers = format!("{}traceparent: 00-{TRACE}-{PARENT}-01\r\n", serving.usual());
    let body = question().to_string();
    let answer = serving.ask("POST", ASKED, &headers, body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    let response = answer.header("traceresponse").unwrap().to_owned();
    let parts: Vec<&str> = response.split('-').collect();
    assert_eq!(
        (parts[0], parts[1], parts[3]),
        ("00", TRACE, "01"),
        "{response}"
    );
    let decision = answer.header("lictor-decision-id").unwrap().to_owned();
    // What is gathered is sent before the server ends.
    serving.signal("-TERM");
    let (path, body) = taken.join().unwrap();
    assert!(path.starts_with("POST /v1/traces "), "{path}");
    for id in [TRACE, PARENT, parts[2]] {
        assert!(holds(&body, &hex(id)), "{id}");
    }
    for text in [
        "POST /t/{tenant}/access/v1/evaluation",
        "http.route",
        &decision,
    ] {
        assert!(holds(&body, text.as_bytes()), "{text}");
    }
    for secret in ["alice-in-secret", &serving.token, "/t/bank/"] {
        assert!(!holds(&body, secret.as_bytes()), "{secret}");
    }
    assert!(serving.end().0.success());
}

#[test]
fn a_collector_that_is_gone_holds_nobody_up() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = format!("[traces]\nendpoint = \"http://{gone}/v1/traces\"\none_in = 1\n");
    let serving = Serving::configured("untraced", &["bank"], &settings);
    for _ in 0..10 {
        assert_eq!(serving.post(ASKED, &question()).status, 200);
    }
    serving.signal("-TERM");
    assert!(serving.end().0.success());
}

#[test]
fn without_a_collector_nothing_is_told() {
    let serving = Serving::start("silent", &["bank"]);
    let answer = serving.post(ASKED, &question());
    assert_eq!((answer.status, answer.header("traceresponse")), (200, None));
}

#[test]
fn the_log_is_lines_of_json_where_that_is_set() {
    let settings = "[log]\nformat = \"json\"\nlevel = \"info\"\n";
    let serving = Serving::configured("log", &["bank"], settings);
    serving
        .desk
        .ok("suspend tenant bank --why tested --state state");
    serving.signal("-TERM");
    let (_, err) = serving.end();
    let lines = err
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let lines: Vec<Value> = lines.collect();
    let suspended = lines.iter().find(|it| it["fields"]["tenant.id"] == "bank");
    let suspended = suspended.unwrap_or_else(|| panic!("{err}"));
    assert_eq!(suspended["target"], "lictor");
    assert!(suspended["timestamp"].is_string() && suspended["level"].is_string());
}

#[test]
fn traces_go_over_a_network_only_encrypted() {
    for (endpoint, says) in [
        (
            "http://collector.example.com/v1/traces",
            "line 2: traces would go over a network in the clear",
        ),
        ("collector", "line 2: `collector` is no address"),
        (
            "ftp://127.0.0.1/",
            "line 2: the address of a collector begins with",
        ),
    ] {
        let text = format!("[traces]\nendpoint = \"{endpoint}\"\n");
        let refused = lictor_server::ServerSettings::parse(&text).unwrap_err();
        assert!(refused.to_string().starts_with(says), "{refused}");
    }
    let text = "[traces]\nendpoint = \"https://collector.example.com/v1/traces\"\n";
    let settings = lictor_server::ServerSettings::parse(text).unwrap();
    assert_eq!(settings.traces.unwrap().one_in.get(), 100);
    let text = "[log]\nlevel = \"loud\"\nformat = \"xml\"\n";
    let refused = lictor_server::ServerSettings::parse(text).unwrap_err();
    assert_eq!(refused.wrong.len(), 2, "{refused}");
}
