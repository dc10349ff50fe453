//! Clients that show a certificate in the place of a token.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use super::desk::Desk;
use super::serving::{Answer, Serving, answer};

/// Somebody who vouches for clients.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate with these names and its key, as files of a desk.
    fn certify(&self, desk: &Desk, file: &str, names: &[&str]) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names
            .iter()
            .map(|name| match name.contains("://") {
                true => SanType::URI((*name).try_into().unwrap()),
                false => SanType::DnsName((*name).try_into().unwrap()),
            })
            .collect();
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.0).unwrap();
        fs::write(desk.path(&format!("{file}.pem")), made.pem()).unwrap();
        fs::write(desk.path(&format!("{file}.key")), key.serialize_pem()).unwrap();
    }
}

/// What a client is answered that shows this certificate, and perhaps a token.
fn asked(
    serving: &Serving,
    file: &str,
    door: &str,
    path: &str,
    token: &str,
) -> std::io::Result<Answer> {
    let desk = &serving.desk;
    let read = |name: &str| CertificateDer::from_pem_file(desk.path(name)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(read("host.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from_pem_file(desk.path(&format!("{file}.key"))).unwrap();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![read(&format!("{file}.pem"))], key)
        .unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(door)?);
    let body = match path.contains("evaluation") {
        true => {
            json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}})
        }
        false => json!({}),
    };
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{token}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(answer(&mut bytes.as_slice()))
}

const SETTINGS: &str = r#"
[decisions]
certificate = "host.pem"
key = "host.key"
[admin]
certificate = "host.pem"
key = "host.key"
[clients]
ca = "ca.pem"
[[clients.certificate]]
name = "deploy.example.com"
role = "engineer"
[[clients.certificate]]
name = "spiffe://example.com/gateway"
role = "tenant"
tenant = "bank"
[[clients.certificate]]
name = "on-call.example.com"
role = "operator"
"#;

#[test]
fn a_certificate_is_good_for_what_its_name_is() {
    let desk = Desk::new("certificates");
    super::tls::certify(&desk);
    let (authority, stranger) = (Authority::new(), Authority::new());
    fs::write(desk.path("ca.pem"), authority.0.pem()).unwrap();
    authority.certify(
        &desk,
        "deploy",
        &["other.example.com", "deploy.example.com"],
    );
    authority.certify(&desk, "gateway", &["spiffe://example.com/gateway"]);
    authority.certify(&desk, "on-call", &["on-call.example.com"]);
    authority.certify(&desk, "nobody", &["nobody.example.com"]);
    authority.certify(
        &desk,
        "almost",
        &["DEPLOY.example.com", "deploy.example.com.evil.example"],
    );
    stranger.certify(&desk, "forged", &["deploy.example.com"]);
    let mut serving = Serving::at(desk, &["bank", "shop"], SETTINGS);
    let status = |serving: &Serving, file: &str, door: &str, path: &str, token: &str| {
        asked(serving, file, door, path, token).map_or(0, |answer| answer.status)
    };
    let (decisions, admin) = (serving.address.clone(), serving.admin.clone());
    let (bank, shop) = (
        "/t/bank/access/v1/evaluation",
        "/t/shop/access/v1/evaluation",
    );
    let (list, journal) = ("/admin/v1/tenant-list", "/admin/v1/journal");
    for (file, expected) in [
        ("deploy", [200, 200, 200, 200]),
        ("gateway", [200, 403, 403, 403]),
        ("on-call", [403, 403, 200, 200]),
        ("nobody", [401, 401, 401, 401]),
        ("almost", [401, 401, 401, 401]),
        // Keys aren't even agreed on.
        ("forged", [0, 0, 0, 0]),
    ] {
        let found = [
            (&decisions, bank),
            (&decisions, shop),
            (&admin, list),
            (&admin, journal),
        ]
        .map(|(door, path)| status(&serving, file, door, path, ""));
        assert_eq!(found, expected, "{file}");
    }
    // A token that is shown is what counts.
    let wrong = "authorization: Bearer lictor_0_0\r\n";
    assert_eq!(status(&serving, "deploy", &admin, list, wrong), 401);
    let right = format!("authorization: Bearer {}\r\n", serving.token);
    assert_eq!(status(&serving, "nobody", &admin, list, &right), 200);

    // The command line shows one too, and the journal knows who it was.
    let port = admin.rsplit(':').next().unwrap().to_owned();
    let line = format!(
        "tenant add new --server https://localhost:{port} --server-ca host.pem --client-certificate deploy.pem --client-key deploy.key"
    );
    assert_eq!(serving.desk.run(&line).code, 0);
    let told = asked(&serving, "deploy", &admin, journal, "")
        .unwrap()
        .json();
    let changes = told["journal"]["changes"].as_array().unwrap();
    assert_eq!(
        changes.last().unwrap()["by"],
        "certificate deploy.example.com"
    );

    // Names are taken away and given without a restart, and at once for connections that are there: each request asks anew.
    let fewer = SETTINGS.replace("on-call", "nobody");
    fs::write(
        serving.desk.path("lictor.toml"),
        format!("{fewer}[traffic]\nconnections = 5\n"),
    )
    .unwrap();
    serving.signal("-HUP");
    assert!(serving.note().contains("were read again"));
    assert!(serving.note().contains("`traffic` stays as it was"));
    assert_eq!(status(&serving, "on-call", &admin, list, ""), 401);
    assert_eq!(status(&serving, "nobody", &admin, list, ""), 200);
    // What can't be read changes nothing.
    fs::write(serving.desk.path("lictor.toml"), "[clients]\nca = 5").unwrap();
    serving.signal("-HUP");
    assert!(serving.note().contains("stay as they were"));
    assert_eq!(status(&serving, "nobody", &admin, list, ""), 200);
}
