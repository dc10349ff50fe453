//! What a registry may do to those who ask it, one row each, and which check stops it.

mod bytes;
mod flaky;
mod list;
mod push;
mod redirect;
mod shape;
mod token;

use std::sync::Arc;

use lictor_artifact::registry::{
    Credentials, Existing, OciSettings, Pick, Registry, RegistryError, Secret,
};

use crate::fake::{Asked, Fake, Kind, Reply};
use crate::image::{Image, bytes, name, pick, registry, settings, version};

/// What is asked of the registry.
#[derive(Clone, Copy)]
enum Do {
    Pull,
    PullByDigest,
    List,
    Push,
}

type Tamper = fn(&Asked, &Image) -> Option<Reply>;
type Verdict = fn(&Result<String, RegistryError>, &Fake) -> bool;

/// What happens, what is asked, what the registry answers instead of what is right, and what must come of it.
#[derive(Clone, Copy)]
struct Row(&'static str, Do, Tamper, Verdict);

const TRIES_MAX: usize = 5;
const LAYER_BYTES: usize = 200_000;

fn replaced(image: &Image, from: &str, to: &str) -> Option<Reply> {
    let text = String::from_utf8(image.manifest.clone()).unwrap();
    assert!(text.contains(from), "{from} isn't in {text}");
    Some(Reply::new(200, text.replacen(from, to, 1)))
}

fn is(asked: &Asked, kind: Kind) -> Option<()> {
    (asked.kind == kind).then_some(())
}

fn first(asked: &Asked, kind: Kind) -> Option<()> {
    (asked.kind == kind && asked.nth == 0).then_some(())
}

fn challenge(asked: &Asked, text: &str) -> Option<Reply> {
    let shown = asked.headers.contains_key("authorization");
    (asked.kind != Kind::Token && !shown)
        .then(|| Reply::new(401, "").header("WWW-Authenticate", text))
}

fn at_token_service(asked: &Asked) -> Option<Reply> {
    let realm = format!(
        r#"Bearer realm="http://{}/token",service="s""#,
        asked.header("host")
    );
    challenge(asked, &realm)
}

fn layer_field(image: &Image) -> String {
    let text = String::from_utf8(image.manifest.clone()).unwrap();
    text[text.find("\"layers\":[").unwrap() + 10..text.len() - 2].to_owned()
}

const FINE: &[Row] = &[
    Row("nothing wrong", Do::Pull, |_, _| None, |got, _| got.is_ok()),
    Row(
        "nothing wrong, by digest",
        Do::PullByDigest,
        |_, _| None,
        |got, _| got.is_ok(),
    ),
    Row(
        "nothing wrong, a list",
        Do::List,
        |_, _| None,
        |got, _| got.as_ref().is_ok_and(|it| it == "1.0.0"),
    ),
    Row(
        "nothing wrong, a push",
        Do::Push,
        |_, _| None,
        |got, _| got.is_ok(),
    ),
];

const TABLE: &[&[Row]] = &[
    FINE,
    bytes::ROWS,
    shape::ROWS,
    redirect::ROWS,
    flaky::ROWS,
    list::ROWS,
    token::ROWS,
    push::ROWS,
];

fn tuned(what: &str) -> OciSettings {
    let mut settings = settings();
    settings.limits.versions_max = 10;
    settings.limits.list_bytes_max = 100_000;
    if what.contains("silence") {
        settings.patience.idle_ms = 50;
    }
    if what.contains("now and then") {
        settings.patience.deadline_ms = 300;
    }
    settings
}

async fn act(what: &str, work: Do, fake: &Fake) -> Result<String, RegistryError> {
    let registry = registry(&fake.authority, tuned(what));
    match work {
        Do::Pull | Do::PullByDigest => {
            let pick = match work {
                Do::Pull => pick("1.0.0"),
                _ => Pick::Digest(fake.image.digest),
            };
            let pulled = registry.pull(&name(), &pick).await?;
            assert!(
                pulled.bytes == fake.image.layer,
                "{what}: other bytes came through"
            );
            Ok(pulled.digest.to_string())
        }
        Do::List => {
            let versions = registry.versions(&name()).await?;
            Ok(versions
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "))
        }
        Do::Push => {
            let other = bytes(1_000);
            let digest = registry
                .push(&name(), &version("2.0.0"), other, Existing::Keep)
                .await?;
            Ok(digest.to_string())
        }
    }
}

#[tokio::test]
async fn nothing_but_what_was_asked_for_comes_out() {
    let image = Image::of(bytes(LAYER_BYTES)).await;
    for Row(what, work, tamper, verdict) in TABLE.concat() {
        let fake = Fake::start(&image, None, tamper).await;
        let got = act(what, work, &fake).await;
        let asked: Vec<_> = fake
            .log()
            .iter()
            .map(|asked| (asked.kind, asked.method.clone()))
            .collect();
        assert!(verdict(&got, &fake), "{what}: {got:?} after {asked:?}");
        // Nobody is made to read without end.
        assert!(
            fake.sent() < 20 * 1024 * 1024,
            "{what}: {} bytes were sent",
            fake.sent()
        );
    }
}

#[tokio::test]
async fn nobody_there_is_said() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = registry(&authority, settings())
        .pull(&name(), &pick("1.0.0"))
        .await
        .unwrap_err();
    assert!(error.is_unreachable(), "{error}");
}

#[tokio::test]
async fn credentials_go_to_the_registry_alone() {
    let image = Image::of(bytes(100)).await;
    let store = Fake::start(&image, None, |_, _| None).await;
    let elsewhere: Arc<str> = format!("http://{}", store.authority).into();
    // Asks for a password, and keeps its files at another place.
    let fake = Fake::start(&image, None, move |asked, _| {
        challenge(asked, "Basic realm=\"x\"").or_else(|| match asked.kind {
            Kind::Layer | Kind::Config => Some(Reply::to(&format!("{elsewhere}{}", asked.path))),
            _ => None,
        })
    })
    .await;
    let credentials = Credentials::Password {
        user: "someone".to_owned(),
        password: Secret::new("hunter2".to_owned()),
    };
    let registry = registry(
        &fake.authority,
        OciSettings {
            credentials,
            ..settings()
        },
    );
    registry.pull(&name(), &pick("1.0.0")).await.unwrap();
    assert!(
        fake.log()
            .iter()
            .any(|asked| asked.header("authorization") == "Basic c29tZW9uZTpodW50ZXIy")
    );
    assert_eq!(store.log().len(), 2);
    assert!(
        store
            .log()
            .iter()
            .all(|asked| !asked.headers.contains_key("authorization"))
    );
    // And not at all where nobody asks for them.
    assert!(!fake.log()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_large_upload_goes_on_where_it_was() {
    let image = Image::of(bytes(100)).await;
    // The second piece gets no answer, although half of it would have been enough for one.
    let fake = Fake::start(&image, None, |asked, _| {
        (asked.kind == Kind::Upload && asked.nth == 2).then(|| Reply::new(503, ""))
    })
    .await;
    let large = bytes(9 * 1024 * 1024);
    let registry = registry(&fake.authority, settings());
    registry
        .push(&name(), &version("2.0.0"), large, Existing::Keep)
        .await
        .unwrap();
    let log = fake.log();
    let pieces = log
        .iter()
        .filter(|asked| asked.method == "PATCH" && asked.body.len() > 1_000);
    let ranges: Vec<_> = pieces.map(|asked| asked.header("content-range")).collect();
    assert_eq!(
        ranges,
        [
            "0-4194303",
            "4194304-8388607",
            "4194304-8388607",
            "8388608-9437183"
        ]
    );
}
