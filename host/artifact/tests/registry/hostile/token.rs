//! Asking who is there.

use lictor_artifact::registry::RegistryError as E;

use super::{Do, Row, at_token_service, challenge, is};
use crate::fake::{Asked, Body, Kind, Reply};

pub const ROWS: &[Row] = &[
    Row(
        "a token",
        Do::Pull,
        |asked, _| at_token_service(asked),
        |got, fake| {
            let log = fake.log();
            let token = log.iter().find(|asked| asked.kind == Kind::Token).unwrap();
            got.is_ok()
                && fake.count(Kind::Token) == 1
                && token.path == "/token?scope=repository%3Ateam%2Fspend-limit%3Apull&service=s"
                && log.last().unwrap().header("authorization") == "Bearer of-the-service"
        },
    ),
    Row(
        "a token that expires",
        Do::Pull,
        |asked, _| match asked.kind {
            Kind::Layer if asked.nth == 0 => challenge(
                &Asked {
                    headers: Default::default(),
                    ..asked.clone()
                },
                &format!(r#"Bearer realm="http://{}/token""#, asked.header("host")),
            ),
            _ => at_token_service(asked),
        },
        |got, fake| got.is_ok() && fake.count(Kind::Token) == 2,
    ),
    Row(
        "a token without end",
        Do::Pull,
        |asked, _| {
            at_token_service(asked)
                .or_else(|| is(asked, Kind::Token).map(|()| Reply::of(Body::Endless)))
        },
        |got, _| {
            matches!(
                got,
                Err(E::TooLarge {
                    what: "the token",
                    ..
                })
            )
        },
    ),
    Row(
        "a token with a line break",
        Do::Pull,
        |asked, _| {
            at_token_service(asked).or_else(|| {
                is(asked, Kind::Token).map(|()| Reply::new(200, r#"{"token": "a\r\nX: b"}"#))
            })
        },
        |got, _| matches!(got, Err(E::Token(_))),
    ),
    Row(
        "a token service in a file",
        Do::Pull,
        |asked, _| challenge(asked, r#"Bearer realm="file:///etc/passwd""#),
        |got, _| matches!(got, Err(E::Address { .. })),
    ),
    Row(
        "a token service elsewhere in plain HTTP",
        Do::Pull,
        |asked, _| challenge(asked, r#"Bearer realm="http://192.0.2.1/token""#),
        |got, _| matches!(got, Err(E::Address { .. })),
    ),
    Row(
        "a token service that redirects",
        Do::Pull,
        |asked, _| {
            at_token_service(asked)
                .or_else(|| is(asked, Kind::Token).map(|()| Reply::to("https://other.example/")))
        },
        |got, _| matches!(got, Err(E::Token(reason)) if reason.contains("307")),
    ),
    Row(
        "a token service that knows nobody",
        Do::Pull,
        |asked, _| {
            at_token_service(asked).or_else(|| is(asked, Kind::Token).map(|()| Reply::new(401, "")))
        },
        |got, _| matches!(got, Err(E::Unauthorized { .. })),
    ),
    Row(
        "a token that is of no use",
        Do::Pull,
        |asked, _| {
            challenge(
                &Asked {
                    headers: Default::default(),
                    ..asked.clone()
                },
                &format!(r#"Bearer realm="http://{}/token""#, asked.header("host")),
            )
        },
        |got, fake| matches!(got, Err(E::Unauthorized { .. })) && fake.count(Kind::Token) == 1,
    ),
    Row(
        "a challenge that nobody knows",
        Do::Pull,
        |asked, _| challenge(asked, "Negotiate"),
        |got, _| matches!(got, Err(E::Unauthorized { .. })),
    ),
];
