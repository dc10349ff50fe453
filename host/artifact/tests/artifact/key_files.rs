//! Private keys on disk and from pipes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use lictor_artifact::{KEY_FILE_BYTES_MAX, KeyFileError, Passphrase, PrivateKey};

use crate::world::key;

/// One key as OpenSSL 3 writes it: plain, and under the passphrase `swordfish` with PBKDF2 and with scrypt.
const PLAIN: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEILVLj6jfZ70pZnbU+EAlixuYDBo0cqLpzF05vraRPCFJ
-----END PRIVATE KEY-----
";
const PBKDF2: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAibGALwfkU+dAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDlZcN+B/FkJVsnJaUVIgMEEQLTK
xOKJTN7ujS5Nax664T8HlmbPGiDjzKbMD+bgzXBWfrrFmO40oc+XPwiJHXASYSMb
BDgJLiZqFP6z5Xlv7kA=
-----END ENCRYPTED PRIVATE KEY-----
";
const SCRYPT: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgtkRVeF/gE7wICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBBfL7phhlcT32uugFF6fhQABEB5j/OrgWRnRNmv
aVmWg7mA8Cp8Yf7cP5aKjL1Pz+eQyyrrLcj+//nZTtcdA47zzAFcQy1XMKgu491n
yLPMX6xf
-----END ENCRYPTED PRIVATE KEY-----
";
const X25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIHBhevxzpJdXenhr17P1IqFKMJ3noOcHVQddSyV3aqJd
-----END PRIVATE KEY-----
";
const ID: &str = "ed25519:46d416ac6b046e2a23fdeff86b40a61cb8961c0ac0dc0edca915f8f5971149ac";

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

#[test]
fn openssl_keys_are_read() {
    let right = passphrase("swordfish");
    for text in [PLAIN, PBKDF2, SCRYPT] {
        let read = PrivateKey::read(text.as_bytes(), Some(&right)).unwrap();
        assert_eq!(read.id().to_string(), ID);
    }
    for text in [PBKDF2, SCRYPT] {
        assert!(matches!(
            PrivateKey::read(text.as_bytes(), None),
            Err(KeyFileError::Locked)
        ));
        assert!(matches!(
            PrivateKey::read(text.as_bytes(), Some(&passphrase("cod"))),
            Err(KeyFileError::Passphrase)
        ));
    }
}

#[test]
fn a_key_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    key(1).create_file(&path).unwrap();
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let read = PrivateKey::read_file(&path, None).unwrap();
    assert_eq!(read.id(), key(1).id());
    for open in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777] {
        mode(open);
        let refused = PrivateKey::read_file(&path, None);
        assert!(
            matches!(refused, Err(KeyFileError::Open { .. })),
            "{open:o}"
        );
    }
    mode(0o400);
    assert!(PrivateKey::read_file(&path, None).is_ok());
    // A link is followed, and what it leads to counts.
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(PrivateKey::read_file(&link, None).is_ok());
    mode(0o644);
    assert!(matches!(
        PrivateKey::read_file(&link, None),
        Err(KeyFileError::Open { .. })
    ));
    assert!(matches!(
        PrivateKey::read_file(folder.path(), None),
        Err(KeyFileError::NotFile(_))
    ));
    assert!(matches!(
        PrivateKey::read_file(&folder.path().join("none"), None),
        Err(KeyFileError::Io { verb: "read", .. })
    ));
}

#[test]
fn a_file_that_exists_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    key(1).create_file(&path).unwrap();
    assert!(matches!(
        key(2).create_file(&path),
        Err(KeyFileError::Io {
            verb: "written",
            ..
        })
    ));
    // Nor is a file created through a link.
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("elsewhere"), &dangling).unwrap();
    assert!(key(2).create_file(&dangling).is_err());
    assert_eq!(
        PrivateKey::read_file(&path, None).unwrap().id(),
        key(1).id()
    );
}

#[test]
fn a_locked_key_opens_with_its_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let right = passphrase("swordfish");
    key(1).create_locked_file(&path, &right, &[9; 32]).unwrap();
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("ENCRYPTED PRIVATE KEY")
    );
    let read = PrivateKey::read_file(&path, Some(&right)).unwrap();
    assert_eq!(read.id(), key(1).id());
    assert!(matches!(
        PrivateKey::read_file(&path, None),
        Err(KeyFileError::Locked)
    ));
    assert!(matches!(
        PrivateKey::read_file(&path, Some(&passphrase(""))),
        Err(KeyFileError::Passphrase)
    ));
}

#[test]
fn what_is_no_key_is_refused() {
    let refused = |text: &str| PrivateKey::read(text.as_bytes(), None).unwrap_err();
    assert!(matches!(refused(X25519), KeyFileError::Algorithm));
    for text in [
        "",
        "key",
        &PLAIN.replace("PRIVATE", "PUBLIC"),
        &PLAIN.replace("MC4C", "MC4D"),
        &PLAIN[..80],
        &format!("{PLAIN}{PLAIN}"),
    ] {
        assert!(
            matches!(
                refused(text),
                KeyFileError::NotKey | KeyFileError::Algorithm
            ),
            "{text}"
        );
    }
    assert!(matches!(
        PrivateKey::read(std::io::repeat(b'a'), None),
        Err(KeyFileError::TooLarge)
    ));
    assert!(matches!(
        PrivateKey::read(&[0xff; 40][..], None),
        Err(KeyFileError::NotKey)
    ));
    let padded = format!("{PLAIN}{}", "\n".repeat(KEY_FILE_BYTES_MAX));
    assert!(matches!(refused(&padded), KeyFileError::TooLarge));
}

#[test]
fn a_key_that_is_too_dear_to_open_is_refused_at_once() {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let body: String = SCRYPT
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = engine.decode(body).unwrap();
    // N = 2^14, r = 8 and p = 1 stand as INTEGERs. Opening would take 266 MB, then five passes, then an N of no power of two.
    let place = der
        .windows(10)
        .position(|window| window == [2, 2, 0x40, 0, 2, 1, 8, 2, 1, 1]);
    let place = place.unwrap();
    for (offset, value, dear) in [(6, 0x7f_u8, true), (9, 5, true), (3, 1, false)] {
        let mut changed = der.clone();
        changed[place + offset] = value;
        let text = format!(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----\n",
            wrapped(&engine.encode(changed))
        );
        let told = PrivateKey::read(text.as_bytes(), Some(&passphrase("swordfish")));
        match told.unwrap_err() {
            KeyFileError::TooDear => assert!(dear),
            KeyFileError::Passphrase => assert!(!dear),
            other => panic!("{other}"),
        }
    }
}

fn wrapped(text: &str) -> String {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\n")
}

#[test]
fn secrets_are_not_shown() {
    let secret = key(0x5a);
    let shown = format!("{secret:?} {:?}", passphrase("swordfish"));
    assert!(!shown.contains("swordfish") && !shown.contains("5a5a") && !shown.contains("90, 90"));
}
