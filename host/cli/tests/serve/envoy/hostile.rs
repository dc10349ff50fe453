//! Messages and frames that mean harm, or are broken. What a client behind a gateway could bring about is denied; only what it
//! can't is an error, since a gateway may let requests through after one.

use std::io::{Read, Write};
use std::time::Duration;

use super::asking::{Asked, Call, Told, framed};
use super::{over_http, serving};
use crate::serving::Serving;

fn usual() -> Asked {
    Asked::new("GET", "/orders", &[("x-user", "ann")])
}

/// That others are served as ever.
fn others_are_served(serving: &Serving) {
    assert_eq!(usual().send(serving).status, 200);
}

#[test]
fn broken_frames_are_errors_of_grpc() {
    let serving = serving("envoy-frames", "");
    let good = Call::new(&serving, &usual().message());
    let changed = |change: &dyn Fn(&mut Call)| {
        let mut call = good.clone();
        change(&mut call);
        let answer = call.send(&serving);
        (answer.status, answer.grpc)
    };
    assert_eq!(changed(&|_| ()), (200, Some(0)));
    for cut in [0, 1, 4, 5, 6, good.body.len() - 1] {
        assert_eq!(
            changed(&|it| it.body.truncate(cut)),
            (200, Some(13)),
            "{cut}"
        );
    }
    assert_eq!(changed(&|it| it.body.push(0)), (200, Some(13)));
    // Two messages.
    assert_eq!(changed(&|it| it.body.extend(framed(b""))), (200, Some(13)));
    assert_eq!(changed(&|it| it.body[1] = 0xff), (200, Some(13)));
    // Compressed ones.
    assert_eq!(changed(&|it| it.body[0] = 1), (200, Some(12)));
    assert_eq!(changed(&|it| it.body[0] = 7), (200, Some(12)));
    let encoded = |it: &mut Call| it.headers.push(("grpc-encoding", "gzip".to_owned()));
    assert_eq!(changed(&encoded), (200, Some(12)));
    let named = |it: &mut Call| it.headers.push(("grpc-encoding", "identity".to_owned()));
    assert_eq!(changed(&named), (200, Some(0)));
    // Something else than gRPC.
    for kind in [
        "application/json",
        "application/grpc+json",
        "application/grpc-web",
        "",
    ] {
        assert_eq!(changed(&|it| it.content_type = kind), (415, None), "{kind}");
    }
    assert_eq!(
        changed(&|it| it.content_type = "application/grpc+proto"),
        (200, Some(0))
    );
    others_are_served(&serving);
}

#[test]
fn grpc_is_spoken_over_http_2_alone() {
    let serving = serving("envoy-http1", "");
    let headers = format!(
        "authorization: Bearer {}\r\ncontent-type: application/grpc\r\n",
        serving.token
    );
    let path = "/envoy.service.auth.v3.Authorization/Check";
    let body = framed(&usual().message());
    assert_eq!(serving.ask("POST", path, &headers, &body).status, 415);
    assert_eq!(serving.ask("GET", path, &headers, b"").status, 405);
    let other = "/envoy.service.auth.v3.Authorization/Watch";
    assert_eq!(serving.ask("POST", other, &headers, &body).status, 404);
}

#[test]
fn messages_that_cannot_be_understood_are_denied() {
    let serving = serving("envoy-messages", "");
    let told = |message: &[u8]| Told::of(&Call::new(&serving, message).send(&serving));
    let good = usual().message();
    // Fields that a newer Envoy may know: a number, a text and a group of bytes.
    let known = [&good[..], b"\xa0\x1f\x05", b"\xaa\x1f\x03abc"].concat();
    assert_eq!(told(&known).status, 200);
    for (what, message) in [
        ("nothing", Vec::new()),
        (
            "a field that is cut",
            [&good[..], b"\xaa\x1f\x09abc"].concat(),
        ),
        ("a wire type that isn't", vec![0x0f, 0x00]),
        ("a field of another type", vec![0x08, 0x01]),
        (
            "no text",
            [
                b"\x0a\x04\x22\x02\x12\x00".as_slice(),
                b"\x0a\x03\x52\x01\xff",
            ]
            .concat(),
        ),
        ("no protobuf", vec![0xff; 100]),
        // A list in a list, and so on.
        ("depth", nested(200)),
    ] {
        let told = told(&message);
        assert!(matches!(told.status, 403 | 404), "{what}: {told:?}");
    }
    let mut crowded = usual();
    crowded
        .http
        .headers
        .extend((0..300).map(|it| (format!("x-{it}"), String::new())));
    assert_eq!(crowded.send(&serving).status, 403);
    let mut large = usual();
    large
        .http
        .headers
        .insert("x-user".to_owned(), "a".repeat(2 << 20));
    assert_eq!(large.send(&serving).status, 403);
    others_are_served(&serving);
}

/// Metadata as deep as this.
fn nested(depth: usize) -> Vec<u8> {
    let field = |number: u8, inside: Vec<u8>| {
        let mut field = vec![number << 3 | 2];
        let mut length = inside.len();
        while length > 0x7f {
            field.push(length as u8 | 0x80);
            length >>= 7;
        }
        field.push(length as u8);
        field.extend(inside);
        field
    };
    let value = (0..depth).fold(Vec::new(), |inside, _| field(6, field(1, inside)));
    let name = |text: &[u8]| field(1, text.to_vec());
    let fields = field(1, [name(b"a"), field(2, value)].concat());
    let filter = field(1, [name(b"jwt"), field(2, fields)].concat());
    field(1, field(11, filter))
}

#[test]
fn a_message_that_is_too_large_is_denied_and_others_are_not() {
    let serving = serving("envoy-large", "[traffic]\nbody_bytes = 2000\n\n");
    let mut large = usual();
    large.http.body = "a".repeat(2_000);
    let told = large.send(&serving);
    assert_eq!(told.status, 413, "{told:?}");
    others_are_served(&serving);
    // Over HTTP, nothing of a body is taken.
    assert_eq!(over_http(&serving, "GET", "/", "").status, 200);
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let serving = serving("envoy-rate", "");
    serving.desk.ok("tenant set shop --rate 1/h --state state");
    let all: Vec<Told> = (0..3).map(|_| usual().send(&serving)).collect();
    let refused = all.last().unwrap();
    assert_eq!(refused.status, 429, "{all:?}");
    let after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(after > 0);
    let answer = over_http(&serving, "GET", "/", "");
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn a_stream_too_many_is_refused_and_the_others_are_answered() {
    let serving = serving("envoy-streams", "");
    let mut stream = serving.connect();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).unwrap();
    let head = head(&serving);
    // As many as there may be, none of which is ended, and one more.
    for number in 0..=100 {
        stream
            .write_all(&frame(1, 4, 1 + 2 * number, &head))
            .unwrap();
    }
    let refused = loop {
        let (kind, id, payload) = read_frame(&mut stream);
        if kind == 3 {
            break (id, payload);
        }
    };
    // REFUSED_STREAM (RFC 9113, section 8.7).
    assert_eq!(refused, (201, vec![0, 0, 0, 7]));
    // One of those that were taken is answered once its message is there.
    let message = framed(&usual().message());
    stream.write_all(&frame(0, 1, 1, &message)).unwrap();
    let answered = loop {
        let (kind, id, _) = read_frame(&mut stream);
        if kind == 1 {
            break id;
        }
    };
    assert_eq!(answered, 1);
    others_are_served(&serving);
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let id = id.to_be_bytes();
    [&length[1..], &[kind, flags], &id, payload].concat()
}

/// A head in literals that nobody has to remember (RFC 7541, section 6.2.2).
fn head(serving: &Serving) -> Vec<u8> {
    let token = format!("Bearer {}", serving.token);
    let headers = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/envoy.service.auth.v3.Authorization/Check"),
        (":authority", "lictor"),
        ("content-type", "application/grpc"),
        ("authorization", &token),
    ];
    let text = |text: &str| {
        let length = u8::try_from(text.len()).unwrap();
        assert!(length < 127);
        [&[length], text.as_bytes()].concat()
    };
    let literals = headers.map(|(name, value)| [vec![0], text(name), text(value)].concat());
    literals.concat()
}

fn read_frame(stream: &mut impl Read) -> (u8, u32, Vec<u8>) {
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    let [a, b, c, kind, _, id @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    stream.read_exact(&mut payload).unwrap();
    (kind, u32::from_be_bytes(id), payload)
}
