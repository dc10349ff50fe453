//! Connections that break, errors that pass and those that don't, and plain refusals.

use lictor_artifact::registry::RegistryError as E;

use super::{Do, Row, TRIES_MAX, first, is};
use crate::fake::{Body, Kind, Reply, ranged};

pub const ROWS: &[Row] = &[
    Row(
        "a connection that breaks",
        Do::Pull,
        |asked, image| {
            first(asked, Kind::Layer).map(|()| Reply::of(Body::Cut(image.layer.clone(), 150_000)))
        },
        |got, fake| {
            let log = fake.log();
            let ranges: Vec<_> = log
                .iter()
                .filter(|asked| asked.kind == Kind::Layer)
                .map(|asked| asked.header("range"))
                .collect();
            // It may have lost what was under way when the connection broke.
            got.is_ok()
                && ranges.len() == 2
                && ranges[0].is_empty()
                && ranges[1].starts_with("bytes=")
                && fake.sent() < 300_000
        },
    ),
    Row(
        "a connection that breaks where ranges are unknown",
        Do::Pull,
        |asked, image| match (asked.kind, asked.nth) {
            (Kind::Layer, 0) => Some(Reply::of(Body::Cut(image.layer.clone(), 150_000))),
            (Kind::Layer, _) => Some(Reply::new(200, image.layer.clone())),
            _ => None,
        },
        |got, fake| got.is_ok() && fake.count(Kind::Layer) == 2,
    ),
    Row(
        "a connection that always breaks at the same place",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Layer).map(|()| Reply::of(Body::Cut(image.layer.clone(), 10_000)))
        },
        |got, fake| {
            matches!(got, Err(E::Unreachable { .. })) && fake.count(Kind::Layer) == TRIES_MAX
        },
    ),
    Row(
        "an answer that goes on elsewhere",
        Do::Pull,
        |asked, image| match (asked.kind, asked.nth) {
            (Kind::Layer, 0) => Some(Reply::of(Body::Cut(image.layer.clone(), 150_000))),
            (Kind::Layer, 1) => Some(Reply {
                status: 206,
                ..Reply::new(200, &image.layer[100..])
                    .header("Content-Range", "bytes 100-199999/200000")
            }),
            _ => None,
        },
        |got, fake| got.is_ok() && fake.count(Kind::Layer) == 3,
    ),
    Row(
        "another file where it goes on",
        Do::Pull,
        |asked, image| match (asked.kind, asked.nth) {
            (Kind::Layer, 0) => Some(Reply::of(Body::Cut(image.layer.clone(), 150_000))),
            (Kind::Layer, _) => Some(ranged(asked, &vec![0; image.layer.len()])),
            _ => None,
        },
        |got, _| {
            matches!(
                got,
                Err(E::WrongDigest {
                    what: "the artifact",
                    ..
                })
            )
        },
    ),
    Row(
        "errors, then an answer",
        Do::Pull,
        |asked, _| {
            (asked.nth < TRIES_MAX - 1).then(|| Reply::new([500, 502, 503, 504][asked.nth], ""))
        },
        |got, fake| got.is_ok() && fake.count(Kind::Manifest) == TRIES_MAX,
    ),
    Row(
        "errors without end",
        Do::Pull,
        |_, _| Some(Reply::new(500, "")),
        |got, fake| {
            matches!(got, Err(E::Unreachable { reason, .. }) if reason.contains("500"))
                && fake.count(Kind::Manifest) == TRIES_MAX
        },
    ),
    Row(
        "a wish to wait for an hour",
        Do::Pull,
        |asked, _| {
            first(asked, Kind::Manifest).map(|()| Reply::new(429, "").header("Retry-After", "3600"))
        },
        |got, _| got.is_ok(),
    ),
    Row(
        "noise",
        Do::Pull,
        |_, _| Some(Reply::of(Body::Noise)),
        |got, _| matches!(got, Err(E::Unreachable { .. })),
    ),
    Row(
        "silence",
        Do::Pull,
        |_, _| Some(Reply::of(Body::Silence)),
        |got, fake| {
            matches!(got, Err(E::Unreachable { .. })) && fake.count(Kind::Manifest) == TRIES_MAX
        },
    ),
    Row(
        "a file that comes a byte now and then",
        Do::Pull,
        |asked, _| is(asked, Kind::Layer).map(|()| Reply::of(Body::Drip)),
        |got, _| matches!(got, Err(E::Deadline { .. })),
    ),
    Row(
        "a manifest that comes a byte now and then",
        Do::Pull,
        |asked, _| is(asked, Kind::Manifest).map(|()| Reply::of(Body::Drip)),
        |got, _| matches!(got, Err(E::Deadline { .. })),
    ),
    Row(
        "not there",
        Do::Pull,
        |_, _| Some(Reply::new(404, "")),
        |got, _| matches!(got, Err(E::NotFound(_))),
    ),
    Row(
        "forbidden",
        Do::Pull,
        |_, _| Some(Reply::new(403, "")),
        |got, _| matches!(got, Err(E::Forbidden { .. })),
    ),
    Row(
        "refused with a message",
        Do::Pull,
        |_, _| {
            Some(Reply::new(
                418,
                r#"{"errors": [{"code": "TEAPOT", "message": "short and\u001b[31m stout"}]}"#,
            ))
        },
        |got, _| matches!(got, Err(E::Status { status: 418, message, .. }) if message == r"short and\u{1b}[31m stout"),
    ),
    Row(
        "refused with an endless message",
        Do::Pull,
        |_, _| {
            Some(Reply {
                status: 418,
                ..Reply::of(Body::Endless)
            })
        },
        |got, _| matches!(got, Err(E::Status { status: 418, message, .. }) if message.is_empty()),
    ),
];
