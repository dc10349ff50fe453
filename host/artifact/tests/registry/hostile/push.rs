//! Taking what is pushed.

use lictor_artifact::registry::RegistryError as E;

use super::{Do, Row, is, replaced};
use crate::fake::{Body, Kind, Reply};

pub const ROWS: &[Row] = &[
    Row(
        "a version that is taken",
        Do::Push,
        |asked, image| is(asked, Kind::Manifest).and_then(|()| replaced(image, "{", "{ ")),
        |got, fake| matches!(got, Err(E::VersionTaken { .. })) && fake.count(Kind::Upload) == 0,
    ),
    Row(
        "an upload to a file",
        Do::Push,
        |asked, _| {
            is(asked, Kind::Upload)
                .map(|()| Reply::new(202, "").header("Location", "file:///tmp/x"))
        },
        |got, _| matches!(got, Err(E::Address { .. })),
    ),
    Row(
        "an upload to another host in plain HTTP",
        Do::Push,
        |asked, _| {
            is(asked, Kind::Upload)
                .map(|()| Reply::new(202, "").header("Location", "http://192.0.2.1/x"))
        },
        |got, _| matches!(got, Err(E::Address { .. })),
    ),
    Row(
        "an upload that leads nowhere",
        Do::Push,
        |asked, _| is(asked, Kind::Upload).map(|()| Reply::new(202, "")),
        |got, _| matches!(got, Err(E::Protocol { .. })),
    ),
    Row(
        "an upload that is redirected",
        Do::Push,
        |asked, _| is(asked, Kind::Upload).map(|()| Reply::to("https://other.example/")),
        |got, _| matches!(got, Err(E::Protocol { reason, .. }) if reason.contains("redirected")),
    ),
    Row(
        "an upload whose answer is lost",
        Do::Push,
        |asked, _| (asked.kind == Kind::Upload && asked.nth == 1).then(|| Reply::new(500, "")),
        |got, fake| {
            got.is_ok()
                && fake
                    .log()
                    .iter()
                    .any(|asked| asked.kind == Kind::Upload && asked.method == "GET")
        },
    ),
    Row(
        "an upload that is forgotten",
        Do::Push,
        |asked, _| match (asked.kind, asked.nth) {
            (Kind::Upload, 1) => Some(Reply::new(500, "")),
            (Kind::Upload, 2) => Some(Reply::new(404, "")),
            _ => None,
        },
        |got, _| got.is_ok(),
    ),
    Row(
        "an upload of which other bytes are there",
        Do::Push,
        |asked, _| {
            (asked.kind == Kind::Upload && asked.method == "PATCH" && asked.nth == 1)
                .then(|| Reply::new(416, ""))
        },
        |got, _| got.is_ok(),
    ),
    Row(
        "uploads that always fail",
        Do::Push,
        |asked, _| {
            (asked.kind == Kind::Upload && asked.method == "PATCH").then(|| Reply::new(500, ""))
        },
        |got, _| matches!(got, Err(E::Unreachable { .. })),
    ),
    Row(
        "an upload that always has other bytes",
        Do::Push,
        |asked, _| {
            (asked.kind == Kind::Upload && asked.method == "PATCH").then(|| Reply::new(416, ""))
        },
        |got, _| matches!(got, Err(E::Unreachable { .. })),
    ),
    Row(
        "silence in an upload",
        Do::Push,
        |asked, _| is(asked, Kind::Upload).map(|()| Reply::of(Body::Silence)),
        |got, _| matches!(got, Err(E::Unreachable { reason, .. }) if reason.contains("nothing came")),
    ),
    Row(
        "an upload whose bytes were changed",
        Do::Push,
        |asked, _| {
            (asked.kind == Kind::Upload && asked.method == "PUT").then(|| {
                Reply::new(
                    400,
                    r#"{"errors": [{"code": "DIGEST_INVALID", "message": "no"}]}"#,
                )
            })
        },
        |got, _| matches!(got, Err(E::Status { status: 400, message, .. }) if message == "no"),
    ),
    Row(
        "a manifest that is stored as another",
        Do::Push,
        |asked, _| {
            let digest = format!("sha256:{}", "0".repeat(64));
            (asked.kind == Kind::Manifest && asked.method == "PUT")
                .then(|| Reply::new(201, "").header("Docker-Content-Digest", &digest))
        },
        |got, _| matches!(got, Err(E::WrongDigest { .. })),
    ),
];
