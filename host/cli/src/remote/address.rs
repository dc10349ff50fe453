//! Where a server is.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use reqwest::Url;

/// The operators' address of a server: over TLS, in the clear on this machine, or a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    base: Url,
    socket: Option<PathBuf>,
}

impl ServerAddress {
    /// The address of something there.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{base}/{path}"));
        url
    }

    /// The socket, where it is one.
    pub(super) fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => write!(f, "unix:{}", socket.display()),
            None => f.write_str(self.base.as_str().trim_end_matches('/')),
        }
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| Err(format!("`{text}` is no address of a server: {why}"));
        if let Some(path) = text.strip_prefix("unix:") {
            let socket = PathBuf::from(path);
            if !socket.is_absolute() {
                return refuse("the path of a Unix socket begins at the root");
            }
            return Ok(Self {
                base: Url::parse("http://localhost/").map_err(|error| error.to_string())?,
                socket: Some(socket),
            });
        }
        let Ok(base) = Url::parse(text) else {
            return refuse("write `https://`, a host and a port, or `unix:` and a path");
        };
        if !base.username().is_empty() || base.password().is_some() {
            return refuse("what is shown to a server stands in a file, not in its address");
        }
        if base.query().is_some() || base.fragment().is_some() {
            return refuse("it has no query");
        }
        match (base.scheme(), base.host_str()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_here(host) => {}
            ("http", Some(_)) => {
                return refuse(
                    "a token would go to another machine in the clear; write `https://`",
                );
            }
            _ => return refuse("write `https://`, a host and a port, or `unix:` and a path"),
        }
        Ok(Self { base, socket: None })
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "https://pdp.example.com:8182",
            "https://pdp.example.com/lictor",
            "http://127.0.0.1:8182",
            "http://[::1]:8182",
            "http://localhost:8182",
            "unix:/run/lictor/admin.sock",
        ] {
            assert_eq!(text.parse::<ServerAddress>().unwrap().to_string(), text);
        }
        let at = |text: &str| text.parse::<ServerAddress>().unwrap().at("a/b").to_string();
        assert_eq!(at("https://a.example/"), "https://a.example/a/b");
        assert_eq!(
            at("https://a.example/lictor"),
            "https://a.example/lictor/a/b"
        );
    }

    #[test]
    fn a_token_goes_nowhere_in_the_clear() {
        for text in [
            "http://pdp.example.com",
            "http://192.168.0.1:8182",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "https://user:secret@pdp.example.com",
            "https://pdp.example.com/?token=a",
            "ftp://127.0.0.1",
            "127.0.0.1:8182",
            "unix:admin.sock",
            "",
        ] {
            assert!(text.parse::<ServerAddress>().is_err(), "{text}");
        }
    }
}
