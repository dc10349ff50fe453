//! Encryption, HTTP/2 and Unix sockets: the ways to a server that aren't plain.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::desk::Desk;
use super::serving::{Serving, answer};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
const SETTINGS: &str = "[decisions]\ncertificate = \"host.pem\"\nkey = \"host.key\"\n";

/// A certificate for `localhost` that signs itself, as files of a desk.
pub fn certify(desk: &Desk) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(desk.path("host.pem"), made.cert.pem()).unwrap();
    fs::write(desk.path("host.key"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// What a client that trusts this certificate alone is answered, and which protocol is agreed on.
fn asked(serving: &Serving, trusted: &CertificateDer<'static>) -> std::io::Result<u16> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, serving.connect());
    stream.write_all(LIVE)?;
    Ok(answer(&mut stream).status)
}

#[test]
fn a_certificate_is_shown_and_replaced_without_a_restart() {
    let desk = Desk::new("tls");
    let first = certify(&desk);
    let mut serving = Serving::at(desk, &["records"], SETTINGS);
    assert_eq!(asked(&serving, &first).unwrap(), 200);
    // Who doesn't encrypt gets nothing.
    let mut plain = serving.connect();
    plain.write_all(LIVE).unwrap();
    assert_ne!(answer_or_nothing(&mut plain), 200);

    // What can't be used changes nothing, and is told.
    fs::write(serving.desk.path("host.pem"), "no certificate").unwrap();
    serving.signal("-HUP");
    assert!(serving.note().contains("stay as they were"));
    assert_eq!(asked(&serving, &first).unwrap(), 200);

    let second = certify(&serving.desk);
    serving.signal("-HUP");
    assert!(serving.note().contains("were read again"));
    assert_eq!(asked(&serving, &second).unwrap(), 200);
    assert!(asked(&serving, &first).is_err());
}

/// The status, or 0 where what comes is no HTTP.
fn answer_or_nothing(stream: &mut impl Read) -> u16 {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
    if bytes.starts_with(b"HTTP/1.1 200") {
        200
    } else {
        0
    }
}

#[test]
fn http_2_is_spoken_with_who_speaks_it() {
    let serving = Serving::start("http2", &["records"]);
    let mut stream = serving.connect();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .unwrap();
    // An empty frame of settings (RFC 9113, section 6.5).
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], 4, "a server begins with its settings: {frame:?}");
}

#[test]
fn a_unix_socket_is_its_users_alone_and_goes_with_the_server() {
    let desk = Desk::new("unix");
    let path = std::env::temp_dir().join(format!("lictor-test-{}.sock", std::process::id()));
    let shown = path.display();
    // One that a killed server left.
    drop(fs::remove_file(&path));
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = format!("unix:{shown}");
    let serving = Serving::listening(desk, &["records"], "", &listen);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(LIVE).unwrap();
    assert_eq!(answer(&mut stream).status, 200);
    // Another server doesn't take it away.
    serving.desk.fails(
        &format!("serve --state elsewhere --listen {listen} --admin-listen 127.0.0.1:0"),
        6,
        "can't be listened on",
    );
    serving.signal("-TERM");
    let (status, _) = serving.end();
    assert!(status.success() && !path.exists());
}
