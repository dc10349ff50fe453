//! Peers that are silent, slow, talk garbage or come in crowds, and what the others notice of them: nothing.

#![cfg(test)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lictor::{Operator, Part, Refused, Reply, Turn, Verb};
use lictor_socket::{
    ANSWER_BYTES_MAX, Answer, Client, ORDER_BYTES_MAX, PARTS_BYTES_MAX, Server, ServerSettings,
    SocketError, path,
};
use tempfile::TempDir;

/// A host that does nothing but write down what it was asked, and answers documents with what was put.
struct Desk {
    folder: TempDir,
    server: Option<Server>,
    seen: Arc<Mutex<Vec<(Verb, Operator)>>>,
}

fn impatient() -> ServerSettings {
    ServerSettings {
        connections: 4,
        idle: Duration::from_secs(20),
        frame: Duration::from_millis(200),
    }
}

impl Desk {
    fn open(settings: ServerSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&seen);
        let operate = move |verb: Verb, operator: &Operator| {
            written
                .lock()
                .unwrap()
                .push((verb.clone(), operator.clone()));
            match verb {
                Verb::DataPut { documents, .. } => Ok(Reply::Document {
                    json: documents.into_values().next().unwrap(),
                }),
                Verb::TenantRemove { .. } => Err(Refused::new(Turn::Unknown, "nobody\nhint: look")),
                _ => Ok(Reply::Done {}),
            }
        };
        let server = Server::listen(folder.path(), settings, operate).unwrap();
        Self {
            folder,
            server: Some(server),
            seen,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn client(&self) -> Client {
        Client::connect(self.path()).unwrap()
    }

    fn raw(&self) -> UnixStream {
        let stream = UnixStream::connect(path(self.path())).unwrap();
        // A host that never answers fails the test instead of stopping it.
        let limit = Some(Duration::from_secs(20));
        stream.set_read_timeout(limit).unwrap();
        stream
    }

    fn still_serves(&self) {
        assert_eq!(status(&mut self.client()), Ok(Reply::Done {}));
    }
}

fn olga() -> Operator {
    Operator {
        by: "olga".to_owned(),
        why: Some("to see".to_owned()),
    }
}

fn status(client: &mut Client) -> Result<Reply, Refused> {
    client.operate(Verb::Status {}, &olga()).unwrap()
}

fn frame(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap();
    [&length.to_le_bytes(), text].concat()
}

/// The one answer that comes, and then the end.
fn last_answer(stream: &mut UnixStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let (length, text) = bytes.split_at(4);
    let length = u32::from_le_bytes(length.try_into().unwrap());
    assert_eq!(length as usize, text.len());
    serde_json::from_slice(text).unwrap()
}

fn refusal(stream: &mut UnixStream) -> String {
    match last_answer(stream) {
        Answer::Refused(refused) => refused.message,
        Answer::Done(reply) => panic!("it was done: {reply:?}"),
    }
}

#[test]
fn orders_are_done_one_after_the_other_in_the_operators_name() {
    let desk = Desk::open(ServerSettings::default());
    let mut client = desk.client();
    assert_eq!(status(&mut client), Ok(Reply::Done {}));
    let tenant = || "bank".parse().unwrap();
    let remove = Verb::TenantRemove { tenant: tenant() };
    let refused = client.operate(remove, &olga()).unwrap().unwrap_err();
    assert_eq!(refused.turn, Turn::Unknown);
    assert_eq!(refused.hint.as_deref(), Some("look"));
    let document = vec![b'7'; 3 << 20];
    let put = Verb::DataPut {
        tenant: tenant(),
        documents: [("users".parse().unwrap(), Part::new(document.clone()))].into(),
    };
    let Ok(Ok(Reply::Document { json })) = client.operate(put, &olga()) else {
        panic!("a document comes back");
    };
    assert_eq!(json.bytes().unwrap(), document);
    let seen = desk.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|(_, operator)| *operator == olga()));
}

#[test]
fn garbage_is_answered_and_the_connection_ends() {
    let desk = Desk::open(ServerSettings::default());
    let unclear = "can't be understood";
    let unknown = br#"{"by":"olga","verb":{"explode":{}}}"#;
    let nobody = br#"{"verb":{"status":{}}}"#;
    let too_much = br#"{"by":"olga","verb":{"status":{}},"quietly":true}"#;
    let deep = [b'['; 100_000];
    for text in [
        &b"\xff\xfe"[..],
        b"",
        b"{}",
        unknown,
        nobody,
        too_much,
        &deep,
    ] {
        let mut stream = desk.raw();
        stream.write_all(&frame(text)).unwrap();
        let said = refusal(&mut stream);
        assert!(said.contains(unclear), "{said}");
    }
    desk.still_serves();
    assert_eq!(desk.seen.lock().unwrap().len(), 1, "nothing else was done");
}

#[test]
fn a_length_beyond_the_bound_is_refused_before_it_is_read() {
    let desk = Desk::open(ServerSettings::default());
    for length in [ORDER_BYTES_MAX + 1, u32::MAX] {
        let mut stream = desk.raw();
        stream.write_all(&length.to_le_bytes()).unwrap();
        let said = refusal(&mut stream);
        assert!(
            said.contains(&format!("the order has {length} bytes")),
            "{said}"
        );
    }
    desk.still_serves();
}

#[test]
fn parts_beyond_the_bound_are_refused_before_they_are_read() {
    let desk = Desk::open(ServerSettings::default());
    let put = |documents: &str| {
        let text = format!(
            r#"{{"by":"olga","verb":{{"data-put":{{"tenant":"bank","documents":{{{documents}}}}}}}}}"#
        );
        let mut stream = desk.raw();
        stream.write_all(&frame(text.as_bytes())).unwrap();
        refusal(&mut stream)
    };
    let third = PARTS_BYTES_MAX / 3 + 1;
    let said = put(&format!(r#""a":{third},"b":{third},"c":{third}"#));
    assert!(said.contains("all that comes with it"), "{said}");
    // A number is a length; what stands in the order itself is text, or bytes in base64.
    let none = [
        "null",
        "[3]",
        r#"{"base64":"%"}"#,
        r#"{"base64":"AA==","more":1}"#,
    ];
    let lengths = ["18446744073709551615", "314572801", "-1", "0.5"];
    for length in lengths.into_iter().chain(none) {
        let said = put(&format!(r#""a":{length}"#));
        assert!(said.contains("can't be understood"), "{said}");
    }
    desk.still_serves();
}

#[test]
fn half_a_frame_is_waited_for_only_so_long_in_all() {
    let desk = Desk::open(impatient());
    let order = frame(br#"{"by":"olga","verb":{"status":{}}}"#);
    let part = br#"{"by":"olga","verb":{"data-put":{"tenant":"bank","documents":{"a":9}}}}"#;
    let halves = [&order[..1], &order[..4], &order[..9], &frame(part)];
    for half in halves {
        let mut stream = desk.raw();
        stream.write_all(half).unwrap();
        let said = refusal(&mut stream);
        assert!(said.contains("said nothing for"), "{said}");
    }
    // A byte now and then doesn't prolong it.
    let mut dripping = desk.raw();
    let mut sent = 0;
    for byte in &order {
        if dripping.write_all(&[*byte]).is_err() {
            break;
        }
        sent += 1;
        dripping
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        if dripping.read(&mut [0]).is_ok() {
            break;
        }
    }
    assert!(sent < order.len(), "it was given up before it was done");
    desk.still_serves();
}

#[test]
fn who_breaks_off_in_the_middle_leaves_nothing_behind() {
    let desk = Desk::open(ServerSettings::default());
    let order = frame(br#"{"by":"olga","verb":{"status":{}}}"#);
    for end in 0..order.len() {
        let mut stream = desk.raw();
        stream.write_all(&order[..end]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    desk.still_serves();
    assert_eq!(desk.seen.lock().unwrap().len(), 1);
}

#[test]
fn silent_peers_are_told_how_many_there_may_be_and_give_way_in_time() {
    let mut settings = impatient();
    settings.idle = Duration::from_millis(300);
    let desk = Desk::open(settings);
    let mut crowd: Vec<UnixStream> = (0..100).map(|_| desk.raw()).collect();
    let mut refused = 0;
    for stream in &mut crowd {
        let mut bytes = Vec::new();
        // Each is ended by the host: those that were one too many at once, the others when they were silent for long enough.
        stream.read_to_end(&mut bytes).unwrap();
        if !bytes.is_empty() {
            let said = String::from_utf8_lossy(&bytes).into_owned();
            assert!(said.contains("talks to 4 operators already"), "{said}");
            refused += 1;
        }
    }
    assert!(refused >= 1, "{refused}");
    desk.still_serves();
}

#[test]
fn a_slow_verb_keeps_nobody_else_waiting_and_is_finished_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (begin, begun): (Sender<()>, Receiver<()>) = mpsc::channel();
    let (finish, finished): (Sender<()>, Receiver<()>) = mpsc::channel();
    let (begin, finished) = (Mutex::new(begin), Mutex::new(finished));
    let operate = move |verb: Verb, _: &Operator| {
        if verb == (Verb::ClockAccept {}) {
            begin.lock().unwrap().send(()).unwrap();
            finished.lock().unwrap().recv().unwrap();
        }
        Ok(Reply::Done {})
    };
    let server = Server::listen(folder.path(), ServerSettings::default(), operate).unwrap();
    let mut slow = Client::connect(folder.path()).unwrap();
    let waiting = thread::spawn(move || slow.operate(Verb::ClockAccept {}, &olga()));
    begun.recv().unwrap();
    let mut quick = Client::connect(folder.path()).unwrap();
    assert_eq!(status(&mut quick), Ok(Reply::Done {}));
    let closing = thread::spawn(move || server.close());
    finish.send(()).unwrap();
    assert_eq!(waiting.join().unwrap().unwrap(), Ok(Reply::Done {}));
    closing.join().unwrap();
    assert!(!path(folder.path()).exists());
    let again = quick.operate(Verb::Status {}, &olga());
    assert!(matches!(again, Err(SocketError::BrokenOff)), "{again:?}");
    let late = Client::connect(folder.path());
    assert!(matches!(late, Err(SocketError::Nobody { .. })), "{late:?}");
}

#[test]
fn who_takes_no_answer_is_given_up() {
    let settings = ServerSettings {
        connections: 1,
        frame: Duration::from_millis(600),
        ..impatient()
    };
    let desk = Desk::open(settings);
    // Comes back as it went, and is more than the kernel keeps for a peer that doesn't read.
    let document = vec![b'7'; 1 << 20];
    let put = format!(
        r#"{{"by":"olga","verb":{{"data-put":{{"tenant":"bank","documents":{{"a":{}}}}}}}}}"#,
        document.len()
    );
    let mut deaf = desk.raw();
    deaf.write_all(&frame(put.as_bytes())).unwrap();
    deaf.write_all(&document).unwrap();
    let is_served = || matches!(desk.client().operate(Verb::Status {}, &olga()), Ok(Ok(_)));
    // There is one place, which comes free.
    while !is_served() {}
    let mut came = Vec::new();
    // What was on its way comes, then an end, or the news that there was more.
    let _ = deaf.read_to_end(&mut came);
    assert!(came.len() < document.len(), "{} bytes", came.len());
}

#[test]
fn an_answer_beyond_the_bound_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let operate = |verb: Verb, _: &Operator| match verb {
        Verb::KeyringShow {} => Ok(Reply::KeyringPreview {
            version: 1,
            differences: vec!["x".repeat(ANSWER_BYTES_MAX as usize)],
            would_stop: Vec::new(),
            refused: None,
        }),
        _ => Ok(Reply::Done {}),
    };
    let _server = Server::listen(folder.path(), ServerSettings::default(), operate).unwrap();
    let mut client = Client::connect(folder.path()).unwrap();
    let refused = client.operate(Verb::KeyringShow {}, &olga()).unwrap();
    let refused = refused.unwrap_err();
    assert_eq!(refused.turn, Turn::Host);
    assert!(refused.message.contains("the answer has"), "{refused}");
    assert_eq!(
        status(&mut client),
        Ok(Reply::Done {}),
        "the connection goes on"
    );
}

#[test]
fn a_host_that_goes_leaves_nobody_waiting() {
    let mut desk = Desk::open(ServerSettings::default());
    let idle = desk.raw();
    drop(desk.server.take());
    let mut bytes = Vec::new();
    assert_eq!((&idle).read_to_end(&mut bytes).unwrap(), 0);
}
