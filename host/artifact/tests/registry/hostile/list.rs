//! Lists of versions.

use lictor_artifact::registry::RegistryError as E;

use super::{Do, Row, is};
use crate::fake::{Body, Kind, Reply};

pub const ROWS: &[Row] = &[
    Row(
        "pages without end",
        Do::List,
        |asked, _| {
            let next = format!(
                "</v2/team/spend-limit/tags/list?n=1000&last={}>; rel=\"next\"",
                asked.nth
            );
            is(asked, Kind::Tags)
                .map(|()| Reply::new(200, r#"{"tags": ["1.0.0"]}"#).header("Link", &next))
        },
        |got, fake| matches!(got, Err(E::TooManyVersions { .. })) && fake.count(Kind::Tags) == 100,
    ),
    Row(
        "more versions than the limit",
        Do::List,
        |asked, _| {
            let tags: Vec<_> = (0..11).map(|minor| format!("\"1.{minor}.0\"")).collect();
            is(asked, Kind::Tags)
                .map(|()| Reply::new(200, format!(r#"{{"tags": [{}]}}"#, tags.join(","))))
        },
        |got, _| {
            matches!(
                got,
                Err(E::TooManyVersions {
                    versions_max: 10,
                    ..
                })
            )
        },
    ),
    Row(
        "several pages, and tags that are no versions",
        Do::List,
        |asked, _| match (asked.kind, asked.nth) {
            (Kind::Tags, 0) => Some(
                Reply::new(200, r#"{"tags": ["latest", "1.10.0", "1.2.0"]}"#)
                    .header("Link", "<?last=1.2.0>; rel=\"next\""),
            ),
            (Kind::Tags, _) => Some(Reply::new(
                200,
                r#"{"tags": ["1.0.0_b", "sha256-00", "1.2.0"]}"#,
            )),
            _ => None,
        },
        |got, _| got.as_ref().is_ok_and(|it| it == "1.0.0+b 1.2.0 1.10.0"),
    ),
    Row(
        "no tags",
        Do::List,
        |asked, _| is(asked, Kind::Tags).map(|()| Reply::new(200, r#"{"tags": null}"#)),
        |got, _| got.as_ref().is_ok_and(String::is_empty),
    ),
    Row(
        "a next page elsewhere",
        Do::List,
        |asked, _| {
            is(asked, Kind::Tags).map(|()| {
                Reply::new(200, r#"{"tags": []}"#)
                    .header("Link", "<https://other.example/>; rel=next")
            })
        },
        |got, _| matches!(got, Err(E::Address { reason, .. }) if reason.contains("another host")),
    ),
    Row(
        "a page without end",
        Do::List,
        |asked, _| is(asked, Kind::Tags).map(|()| Reply::of(Body::Endless)),
        |got, _| {
            matches!(
                got,
                Err(E::TooLarge {
                    what: "the list of versions",
                    ..
                })
            )
        },
    ),
    Row(
        "a page that is none",
        Do::List,
        |asked, _| is(asked, Kind::Tags).map(|()| Reply::new(200, "[]")),
        |got, _| matches!(got, Err(E::Protocol { .. })),
    ),
];
