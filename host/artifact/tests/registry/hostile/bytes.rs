//! Other bytes than those that were asked for, and more of them.

use lictor_artifact::registry::RegistryError as E;

use super::{Do, Row, is, replaced};
use crate::fake::{Body, Fake, Kind, Reply};

fn is_found_a_byte_longer(got: &Result<String, E>, _: &Fake) -> bool {
    matches!(
        got,
        Err(E::WrongSize {
            what: "the artifact",
            actual: 200_001,
            ..
        })
    )
}

pub const ROWS: &[Row] = &[
    Row(
        "another file of the same size",
        Do::Pull,
        |asked, image| is(asked, Kind::Layer).map(|()| Reply::new(200, vec![0; image.layer.len()])),
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
        "another config",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Config).map(|()| Reply::new(200, vec![b' '; image.config.len()]))
        },
        |got, _| {
            matches!(
                got,
                Err(E::WrongDigest {
                    what: "the config",
                    ..
                })
            )
        },
    ),
    Row(
        "another manifest than the digest names",
        Do::PullByDigest,
        |asked, image| is(asked, Kind::Manifest).and_then(|()| replaced(image, "{", "{ ")),
        |got, _| {
            matches!(
                got,
                Err(E::WrongDigest {
                    what: "the manifest",
                    ..
                })
            )
        },
    ),
    Row(
        "another manifest than the header says",
        Do::Pull,
        |asked, image| {
            let digest = format!("sha256:{}", "0".repeat(64));
            is(asked, Kind::Manifest).map(|()| {
                Reply::new(200, image.manifest.clone()).header("Docker-Content-Digest", &digest)
            })
        },
        |got, _| {
            matches!(
                got,
                Err(E::WrongDigest {
                    what: "the manifest",
                    ..
                })
            )
        },
    ),
    Row(
        "a header with a digest of another kind, which is no help and no harm",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Manifest).map(|()| {
                Reply::new(200, image.manifest.clone()).header("Docker-Content-Digest", "sha512:00")
            })
        },
        |got, _| got.is_ok(),
    ),
    Row(
        "a shorter file",
        Do::Pull,
        |asked, image| is(asked, Kind::Layer).map(|()| Reply::new(200, &image.layer[1..])),
        |got, fake| {
            matches!(
                got,
                Err(E::WrongSize {
                    what: "the artifact",
                    actual: 199_999,
                    ..
                })
            ) && fake.count(Kind::Layer) == 1
        },
    ),
    Row(
        "a longer file",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Layer).map(|()| Reply::new(200, [&image.layer[..], b"!"].concat()))
        },
        is_found_a_byte_longer,
    ),
    Row(
        "a longer file of unknown size",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Layer)
                .map(|()| Reply::of(Body::Unsized([&image.layer[..], b"!"].concat())))
        },
        is_found_a_byte_longer,
    ),
    Row(
        "a file without end",
        Do::Pull,
        |asked, _| is(asked, Kind::Layer).map(|()| Reply::of(Body::Endless)),
        |got, fake| {
            matches!(
                got,
                Err(E::WrongSize {
                    what: "the artifact",
                    ..
                })
            ) && fake.count(Kind::Layer) == 1
        },
    ),
    Row(
        "a file without end where it goes on",
        Do::Pull,
        |asked, image| match (asked.kind, asked.nth) {
            (Kind::Layer, 0) => Some(Reply::of(Body::Cut(image.layer.clone(), 50_000))),
            (Kind::Layer, _) => Some(Reply {
                status: 206,
                ..Reply::of(Body::Endless).header("Content-Range", "bytes 50000-199999/200000")
            }),
            _ => None,
        },
        |got, _| {
            matches!(
                got,
                Err(E::WrongSize {
                    what: "the artifact",
                    ..
                })
            )
        },
    ),
    Row(
        "a config without end",
        Do::Pull,
        |asked, _| is(asked, Kind::Config).map(|()| Reply::of(Body::Endless)),
        |got, _| {
            matches!(
                got,
                Err(E::WrongSize {
                    what: "the config",
                    ..
                })
            )
        },
    ),
    Row(
        "a giant manifest",
        Do::Pull,
        |asked, _| is(asked, Kind::Manifest).map(|()| Reply::new(200, vec![b' '; 70_000])),
        |got, _| {
            matches!(
                got,
                Err(E::TooLarge {
                    what: "the manifest",
                    ..
                })
            )
        },
    ),
    Row(
        "a manifest without end",
        Do::Pull,
        |asked, _| is(asked, Kind::Manifest).map(|()| Reply::of(Body::Endless)),
        |got, _| {
            matches!(
                got,
                Err(E::TooLarge {
                    what: "the manifest",
                    ..
                })
            )
        },
    ),
    Row(
        "a manifest that promises a giant file",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Manifest)
                .and_then(|()| replaced(image, "\"size\":200000", "\"size\":99999999999"))
        },
        |got, fake| {
            matches!(
                got,
                Err(E::TooLarge {
                    what: "the artifact",
                    ..
                })
            ) && fake.count(Kind::Layer) == 0
        },
    ),
];
