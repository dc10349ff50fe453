//! Encrypted connections: who is trusted, and that nothing leads back to a plain one.

use std::sync::Arc;

use lictor_artifact::registry::{Encryption, OciSettings, Registry, RegistryError};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::fake::{Fake, Kind, Reply};
use crate::image::{Image, bytes, name, pick, registry, settings};

/// A server's side, and the certificate that trusts it.
fn certificate() -> (TlsAcceptor, Vec<u8>) {
    let names = vec!["localhost".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), cert.pem().into_bytes())
}

fn encrypted(roots_pem: Vec<u8>) -> OciSettings {
    OciSettings {
        encryption: Encryption::Always,
        roots_pem,
        ..settings()
    }
}

/// The certificate is for the name, not for the address.
fn by_name(fake: &Fake) -> String {
    fake.authority.replace("127.0.0.1", "localhost")
}

#[tokio::test]
async fn who_is_trusted() {
    let image = Image::of(bytes(100)).await;
    let (acceptor, pem) = certificate();
    let fake = Fake::start(&image, Some(acceptor), |_, _| None).await;
    let trusting = registry(&by_name(&fake), encrypted(pem.clone()));
    assert_eq!(
        trusting.pull(&name(), &pick("1.0.0")).await.unwrap().bytes,
        image.layer
    );
    let (_, other) = certificate();
    for (authority, roots) in [
        (by_name(&fake), Vec::new()),
        (by_name(&fake), other),
        (fake.authority.clone(), pem),
    ] {
        let before = fake.log().len();
        let stranger = registry(&authority, encrypted(roots));
        let error = stranger.pull(&name(), &pick("1.0.0")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Tls(_)), "{error}");
        assert_eq!(fake.log().len(), before);
    }
}

#[tokio::test]
async fn nothing_leads_back_to_a_plain_connection() {
    let image = Image::of(bytes(100)).await;
    let plain = Fake::start(&image, None, |_, _| None).await;
    let elsewhere = format!("http://{}", plain.authority);
    for kind in [Kind::Manifest, Kind::Layer, Kind::Token] {
        let (acceptor, pem) = certificate();
        let elsewhere = elsewhere.clone();
        let fake = Fake::start(&image, Some(acceptor), move |asked, _| match kind {
            Kind::Token => {
                let realm = format!("Bearer realm=\"{elsewhere}/token\"");
                Some(Reply::new(401, "").header("WWW-Authenticate", &realm))
            }
            _ => (asked.kind == kind).then(|| Reply::to(&format!("{elsewhere}{}", asked.path))),
        })
        .await;
        let registry = registry(&by_name(&fake), encrypted(pem));
        let error = registry.pull(&name(), &pick("1.0.0")).await.unwrap_err();
        let named = matches!(&error, RegistryError::Address { reason, .. } if reason.contains("to a plain one"));
        assert!(named, "{error}");
    }
    assert!(plain.log().is_empty());
}

#[tokio::test]
async fn a_plain_server_is_no_encrypted_one() {
    let image = Image::of(bytes(100)).await;
    let fake = Fake::start(&image, None, |_, _| None).await;
    // It waits for the end of a request that never comes in the clear.
    let mut settings = encrypted(Vec::new());
    settings.patience.idle_ms = 50;
    let registry = registry(&by_name(&fake), settings);
    let error = registry.pull(&name(), &pick("1.0.0")).await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(fake.log().is_empty());
}
