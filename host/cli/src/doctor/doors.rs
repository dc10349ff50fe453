//! The doors of a server: their certificates, and whether they are open.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use lictor_server::{Address, ServerSettings, certificate_until_s};

use super::Finding;

/// How long before its end a certificate is spoken of.
const SOON_S: u64 = 14 * 24 * 60 * 60;
/// How long a door is knocked at.
const WITHIN: Duration = Duration::from_secs(5);

/// What is the matter with the files of the certificates.
pub(super) fn certificates(settings: &ServerSettings, now_s: u64) -> Vec<Finding> {
    let shown = [&settings.tls, &settings.admin.tls].into_iter().flatten();
    let mut findings = Vec::new();
    for tls in shown {
        findings.extend(certificate(&tls.certificate, now_s));
        findings.extend(key(&tls.key));
    }
    if let Some(ca) = &settings.clients.ca {
        findings.extend(certificate(ca, now_s));
    }
    findings.dedup();
    findings
}

fn certificate(path: &Path, now_s: u64) -> Option<Finding> {
    let shown = path.display();
    let until_s = match certificate_until_s(path) {
        Ok(until_s) => until_s,
        Err(error) => {
            let advice = "put the certificate there, as PEM, and send the server SIGHUP";
            return Some(Finding::wrong("certificates", error, advice));
        }
    };
    let advice =
        "put a new one there, and send the server SIGHUP: it takes it over while it serves";
    if until_s <= now_s {
        let what = format!("the certificate in `{shown}` is good no more");
        return Some(Finding::wrong("certificates", what, advice));
    }
    let days = (until_s - now_s) / (24 * 60 * 60);
    let what = format!("the certificate in `{shown}` is good for {days} more days");
    (until_s - now_s < SOON_S).then(|| Finding::near("certificates", what, advice))
}

fn key(path: &Path) -> Option<Finding> {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) => {
            let what = format!("the key `{shown}` can't be read: {error}");
            return Some(Finding::wrong(
                "certificates",
                what,
                "put the key of the certificate there",
            ));
        }
    };
    let mode = found.mode() & 0o777;
    let what = format!("the key `{shown}` has mode {mode:03o}: everybody can read it");
    let advice = format!("`chmod 600 {shown}`, and have a new certificate made");
    (mode & 0o007 != 0).then(|| Finding::wrong("certificates", what, advice))
}

/// What is the matter with the addresses: those of a host that runs must be answered, those of one that doesn't must be free.
pub(super) fn listeners(settings: &ServerSettings, is_running: bool) -> Vec<Finding> {
    let doors = [&settings.listen, &settings.admin.listen].into_iter();
    doors
        .filter_map(|door| match is_running {
            true => answered(door),
            false => free(door),
        })
        .collect()
}

fn answered(door: &Address) -> Option<Finding> {
    let knocked = match door {
        Address::Tcp(address) => TcpStream::connect_timeout(address, WITHIN).map(drop),
        Address::Unix(path) => UnixStream::connect(path).map(drop),
    };
    let what = format!("nobody answers at `{door}`: {}", knocked.err()?);
    let advice = "start the host with `lictor serve` and these settings, or look at what it says when it starts";
    Some(Finding::wrong("listeners", what, advice))
}

fn free(door: &Address) -> Option<Finding> {
    let Address::Tcp(address) = door else {
        return None;
    };
    let taken = TcpListener::bind(address).err()?;
    let what = format!("`{door}` can't be listened on: {taken}");
    let advice = "end whoever listens there, or set another address: `ss -ltnp` shows who it is";
    Some(Finding::wrong("listeners", what, advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    /// Noon of the day after which the certificate is good no more.
    const END_S: u64 = 1_893_456_000;

    #[test]
    fn a_certificate_is_spoken_of_before_its_end_and_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.pem");
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2030, 1, 1);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        fs::write(&path, made.pem()).unwrap();
        assert_eq!(certificate_until_s(&path).unwrap(), END_S);
        assert_eq!(certificate(&path, END_S - SOON_S), None);
        assert!(!certificate(&path, END_S - SOON_S + 1).unwrap().wrong);
        assert!(certificate(&path, END_S).unwrap().wrong);
        // As far as two digits of a year reach, and further.
        params.not_after = date_time_ymd(2060, 1, 1);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        fs::write(&path, made.pem()).unwrap();
        assert_eq!(certificate_until_s(&path).unwrap(), 2_840_140_800);
        fs::write(&path, "no certificate").unwrap();
        assert!(certificate(&path, 0).unwrap().wrong);
    }

    #[test]
    fn a_key_that_everybody_can_read_is_found() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.key");
        assert!(key(&path).unwrap().wrong);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(key(&path), None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key(&path).unwrap().wrong);
    }

    #[test]
    fn doors_are_open_while_a_host_runs_and_free_while_none_does() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = Address::Tcp(listener.local_addr().unwrap());
        let mut settings = ServerSettings {
            listen: listen.clone(),
            ..ServerSettings::default()
        };
        settings.admin.listen = listen;
        assert_eq!(listeners(&settings, true), []);
        assert_eq!(listeners(&settings, false).len(), 2);
        drop(listener);
        assert_eq!(listeners(&settings, true).len(), 2);
        assert_eq!(listeners(&settings, false), []);
    }
}
