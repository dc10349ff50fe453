//! Against Debian's `docker-registry`.

use std::sync::atomic::Ordering;

use lictor_artifact::registry::{
    BlockingRegistry, Credentials, Existing, Location, OciSettings, Pick, Registry, RegistryError,
    Secret, Sha256Digest,
};

use crate::image::{Image, bytes, name, patience, pick, registry, settings, version};
use crate::line::{Break, Line};
use crate::server::Server;

#[tokio::test]
async fn what_was_pushed_is_pulled() {
    let Some(server) = Server::start(false) else {
        return;
    };
    let registry = registry(&server.authority, settings());
    let image = Image::of(bytes(34_000)).await;
    let push = |at: &'static str, bytes: Vec<u8>, existing| {
        let registry = &registry;
        async move { registry.push(&name(), &version(at), bytes, existing).await }
    };
    let error = registry.versions(&name()).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound(_)), "{error}");

    // The same image as in a directory, hence the same digest.
    let digest = push("1.10.0", image.layer.clone(), Existing::Keep)
        .await
        .unwrap();
    assert_eq!(digest, image.digest);
    push("1.9.0-rc.1+b.7", b"other".to_vec(), Existing::Keep)
        .await
        .unwrap();
    let listed = registry.versions(&name()).await.unwrap();
    assert_eq!(listed, ["1.9.0-rc.1+b.7", "1.10.0"].map(version));
    for pick in [pick("1.10.0"), Pick::Digest(digest)] {
        let pulled = registry.pull(&name(), &pick).await.unwrap();
        assert_eq!((pulled.digest, &pulled.bytes), (digest, &image.layer));
    }
    assert_eq!(
        registry.resolve(&name(), &version("1.10.0")).await.unwrap(),
        digest
    );
    for missing in [pick("2.0.0"), Pick::Digest(nothing())] {
        let error = registry.pull(&name(), &missing).await.unwrap_err();
        assert!(matches!(error, RegistryError::NotFound(_)), "{error}");
    }

    // A version keeps its bytes, unless they shall be replaced.
    assert_eq!(
        push("1.10.0", image.layer.clone(), Existing::Keep)
            .await
            .unwrap(),
        digest
    );
    let error = push("1.10.0", b"changed".to_vec(), Existing::Keep)
        .await
        .unwrap_err();
    assert!(matches!(error, RegistryError::VersionTaken { digest: it, .. } if it == digest));
    push("1.10.0", b"changed".to_vec(), Existing::Replace)
        .await
        .unwrap();
    assert_eq!(
        registry.pull(&name(), &pick("1.10.0")).await.unwrap().bytes,
        b"changed"
    );
    assert_eq!(
        registry
            .pull(&name(), &Pick::Digest(digest))
            .await
            .unwrap()
            .bytes,
        image.layer
    );
}

fn nothing() -> Sha256Digest {
    Sha256Digest::of(b"nothing has this digest")
}

#[test]
fn the_command_line_may_wait() {
    let Some(server) = Server::start(false) else {
        return;
    };
    let location: Location = format!("oci://{}", server.authority).parse().unwrap();
    let registry = BlockingRegistry::open(&location, settings()).unwrap();
    let one = version("1.0.0");
    let digest = registry
        .push(&name(), &one, b"first".to_vec(), Existing::Keep)
        .unwrap();
    assert_eq!(registry.resolve(&name(), &one).unwrap(), digest);
    assert_eq!(
        registry.pull(&name(), &pick("1.0.0")).unwrap().bytes,
        b"first"
    );
    assert_eq!(registry.versions(&name()).unwrap(), [one]);
}

#[tokio::test]
async fn a_large_file_goes_in_pieces() {
    let Some(server) = Server::start(false) else {
        return;
    };
    let registry = registry(&server.authority, settings());
    let large = bytes(9 * 1024 * 1024 + 1);
    registry
        .push(&name(), &version("1.0.0"), large.clone(), Existing::Keep)
        .await
        .unwrap();
    let pulled = registry.pull(&name(), &pick("1.0.0")).await.unwrap();
    assert!(pulled.bytes == large);
}

#[tokio::test]
async fn a_pull_goes_on_where_the_line_broke() {
    let Some(server) = Server::start(false) else {
        return;
    };
    let large = bytes(1024 * 1024);
    let direct = registry(&server.authority, settings());
    direct
        .push(&name(), &version("1.0.0"), large.clone(), Existing::Keep)
        .await
        .unwrap();

    let line = Line::to(&server.authority, Break::DownEach(100_000)).await;
    let broken = registry(&line.authority, settings());
    let pulled = broken.pull(&name(), &pick("1.0.0")).await.unwrap();
    assert!(pulled.bytes == large);
    // Nothing was sent twice: besides the file there were only the heads of some answers.
    let down = line.down.load(Ordering::SeqCst);
    assert!(down < large.len() + 20_000, "{down} bytes came");
}

#[tokio::test]
async fn a_push_survives_a_line_that_breaks() {
    let Some(server) = Server::start(false) else {
        return;
    };
    let large = bytes(9 * 1024 * 1024);
    // Within the second piece. This registry forgets an upload that breaks off there, so all of it is sent once more.
    let line = Line::to(&server.authority, Break::UpFirst(6 * 1024 * 1024)).await;
    let broken = registry(&line.authority, settings());
    broken
        .push(&name(), &version("1.0.0"), large.clone(), Existing::Keep)
        .await
        .unwrap();
    let direct = registry(&server.authority, settings());
    assert!(direct.pull(&name(), &pick("1.0.0")).await.unwrap().bytes == large);
    assert!(line.up.load(Ordering::SeqCst) > 15 * 1024 * 1024);
}

#[tokio::test]
async fn a_push_that_is_cut_off_anywhere_leaves_the_old_or_the_new() {
    let Some(server) = Server::start(false) else {
        return;
    };
    let direct = registry(&server.authority, settings());
    let (one, two) = (version("1.0.0"), version("2.0.0"));
    let (mut old, mut new) = (0, 0);
    for after in (100..).step_by(450) {
        let policy: lictor_policy::PolicyName = format!("policy-{after}").parse().unwrap();
        direct
            .push(&policy, &one, b"first".to_vec(), Existing::Keep)
            .await
            .unwrap();
        let line = Line::to(&server.authority, Break::UpForGood(after)).await;
        let mut once = settings();
        once.patience.tries_max = 1;
        let dying = registry(&line.authority, once);
        let second = [b"second", policy.as_str().as_bytes()].concat();
        let pushed = dying
            .push(&policy, &two, second.clone(), Existing::Keep)
            .await;

        let versions = direct.versions(&policy).await.unwrap();
        assert_eq!(
            direct
                .pull(&policy, &Pick::Version(one.clone()))
                .await
                .unwrap()
                .bytes,
            b"first"
        );
        if versions.contains(&two) {
            new += 1;
            let pulled = direct
                .pull(&policy, &Pick::Version(two.clone()))
                .await
                .unwrap();
            assert_eq!(pulled.bytes, second);
        } else {
            old += 1;
            assert!(pushed.is_err());
            direct
                .push(&policy, &two, second, Existing::Keep)
                .await
                .unwrap();
        }
        if pushed.is_ok() {
            break;
        }
    }
    assert!(old > 5 && new >= 1, "{old} old, {new} new");
}

#[tokio::test]
async fn a_registry_asks_who_is_there() {
    let Some(server) = Server::start(true) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    // `someone:pass` as Docker writes it.
    let text = format!(
        r#"{{"auths": {{"{}": {{"auth": "c29tZW9uZTpwYXNz"}}}}}}"#,
        server.authority
    );
    std::fs::write(&config, text).unwrap();
    let one = version("1.0.0");
    let with = |credentials| {
        let settings = OciSettings {
            credentials,
            patience: patience(),
            ..OciSettings::default()
        };
        registry(&server.authority, settings)
    };
    let known = with(Credentials::Docker { config });
    known
        .push(&name(), &one, b"first".to_vec(), Existing::Keep)
        .await
        .unwrap();
    assert_eq!(
        known.pull(&name(), &pick("1.0.0")).await.unwrap().bytes,
        b"first"
    );
    let wrong = Credentials::Password {
        user: "someone".to_owned(),
        password: Secret::new("letmein".to_owned()),
    };
    for stranger in [Credentials::Anonymous, wrong] {
        let stranger = with(stranger);
        for error in [
            stranger.pull(&name(), &pick("1.0.0")).await.unwrap_err(),
            stranger.versions(&name()).await.unwrap_err(),
            stranger
                .push(&name(), &one, b"x".to_vec(), Existing::Keep)
                .await
                .unwrap_err(),
        ] {
            assert!(
                matches!(error, RegistryError::Unauthorized { .. }),
                "{error}"
            );
            assert!(!format!("{error} {error:?}").contains("letmein"));
        }
    }
}
