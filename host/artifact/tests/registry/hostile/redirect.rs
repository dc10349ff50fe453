//! Leading elsewhere.

use lictor_artifact::registry::RegistryError as E;

use super::{Do, Row, is};
use crate::fake::{Kind, Reply, ranged};

pub const ROWS: &[Row] = &[
    Row(
        "a redirect to a file",
        Do::Pull,
        |asked, _| is(asked, Kind::Layer).map(|()| Reply::to("file:///etc/passwd")),
        |got, _| matches!(got, Err(E::Address { reason, .. }) if reason.contains("`http` and `https` only")),
    ),
    Row(
        "a manifest redirected to a file",
        Do::Pull,
        |asked, _| is(asked, Kind::Manifest).map(|()| Reply::to("file:///etc/passwd")),
        |got, _| matches!(got, Err(E::Address { .. })),
    ),
    Row(
        "a redirect to another host in plain HTTP",
        Do::Pull,
        |asked, _| is(asked, Kind::Layer).map(|()| Reply::to("http://192.0.2.1/blob")),
        |got, _| matches!(got, Err(E::Address { reason, .. }) if reason.contains("only the registry itself")),
    ),
    Row(
        "redirects in a circle",
        Do::Pull,
        |asked, _| is(asked, Kind::Layer).map(|()| Reply::to(&asked.path)),
        |got, fake| matches!(got, Err(E::Protocol { .. })) && fake.count(Kind::Layer) == 6,
    ),
    Row(
        "a redirect to nowhere",
        Do::Pull,
        |asked, _| is(asked, Kind::Layer).map(|()| Reply::new(302, "")),
        |got, _| matches!(got, Err(E::Protocol { .. })),
    ),
    Row(
        "a redirect that is fine",
        Do::Pull,
        |asked, image| match asked.kind {
            Kind::Layer => Some(Reply::to("/elsewhere")),
            Kind::Other => Some(ranged(asked, &image.layer)),
            _ => None,
        },
        |got, _| got.is_ok(),
    ),
];
