//! Which addresses may be asked, and in the clear or not.
//!
//! Owns the rules for redirects, upload locations, next pages and token services: `http` and `https` only, never from
//! `https` back to `http`, and plain `http` only to this machine or to the registry that was allowed to.

use std::net::IpAddr;

use reqwest::Url;

use super::settings::Encryption;
use crate::registry::error::RegistryError;
use crate::registry::location::OciLocation;

/// The registry's own address, and with it what else may be asked.
#[derive(Clone, Debug)]
pub(super) struct Origin(Url);

impl Origin {
    pub fn of(location: &OciLocation, encryption: Encryption) -> Result<Self, RegistryError> {
        let plain = match encryption {
            Encryption::ExceptLoopback => is_loopback(location.host()),
            Encryption::Always => false,
            Encryption::Never => true,
        };
        let scheme = if plain { "http" } else { "https" };
        let text = format!("{scheme}://{}/v2/", location.authority());
        let url = Url::parse(&text).map_err(|error| RegistryError::Address {
            url: text,
            reason: error.to_string(),
        })?;
        Ok(Self(url))
    }

    pub fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(is_loopback)
    }

    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// An address of the registry's own: `path` follows `/v2/`.
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("/v2/{path}"));
        url
    }

    /// Whether credentials for the registry may be sent there.
    pub fn owns(&self, url: &Url) -> bool {
        url.origin() == self.0.origin()
    }

    /// Where a registry leads to from `from`, if it may be followed.
    pub fn follow(&self, from: &Url, to: &str) -> Result<Url, RegistryError> {
        let refuse = |reason: &str| RegistryError::Address {
            url: to.chars().take(200).flat_map(char::escape_debug).collect(),
            reason: reason.to_owned(),
        };
        let url = from.join(to).map_err(|error| refuse(&error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if from.scheme() == "https" => {
                return Err(refuse(
                    "it leads from an encrypted connection to a plain one",
                ));
            }
            "http" if self.owns(&url) || url.host_str().is_some_and(is_loopback) => {}
            "http" => {
                return Err(refuse(
                    "only the registry itself may be asked in plain HTTP",
                ));
            }
            _ => return Err(refuse("a registry may lead to `http` and `https` only")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it holds a user or password"));
        }
        Ok(url)
    }

    /// The same for what must stay at the registry.
    pub fn follow_within(&self, from: &Url, to: &str) -> Result<Url, RegistryError> {
        let url = self.follow(from, to)?;
        if !self.owns(&url) {
            return Err(RegistryError::Address {
                url: url.to_string(),
                reason: "it leads to another host".to_owned(),
            });
        }
        Ok(url)
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Location;

    fn origin(location: &str, encryption: Encryption) -> Origin {
        let Location::Oci(location) = location.parse().unwrap() else {
            panic!("{location} is a directory");
        };
        Origin::of(&location, encryption).unwrap()
    }

    #[test]
    fn plain_http_is_for_this_machine_or_on_demand() {
        use Encryption::{Always, ExceptLoopback, Never};
        for (location, encryption, base) in [
            (
                "oci://registry.example/a",
                ExceptLoopback,
                "https://registry.example/v2/x",
            ),
            (
                "oci://registry.example:5000",
                Never,
                "http://registry.example:5000/v2/x",
            ),
            (
                "oci://localhost:5000",
                ExceptLoopback,
                "http://localhost:5000/v2/x",
            ),
            (
                "oci://127.0.0.9:5000",
                ExceptLoopback,
                "http://127.0.0.9:5000/v2/x",
            ),
            ("oci://[::1]:5000", ExceptLoopback, "http://[::1]:5000/v2/x"),
            (
                "oci://localhost:5000",
                Always,
                "https://localhost:5000/v2/x",
            ),
            (
                "oci://localhost.example",
                ExceptLoopback,
                "https://localhost.example/v2/x",
            ),
            (
                "oci://127.0.0.1.example",
                ExceptLoopback,
                "https://127.0.0.1.example/v2/x",
            ),
        ] {
            assert_eq!(origin(location, encryption).url("x").as_str(), base);
        }
    }

    #[test]
    fn where_a_registry_may_lead() {
        let tls = origin("oci://registry.example", Encryption::default());
        let plain = origin("oci://10.0.0.1:5000", Encryption::Never);
        for (origin, to, verdict) in [
            (&tls, "https://storage.example/blob?signature=1", ""),
            (&tls, "/v2/x/blobs/y", ""),
            (&tls, "//storage.example/blob", ""),
            (&tls, "http://registry.example/blob", "to a plain one"),
            (&tls, "http://localhost/blob", "to a plain one"),
            (&tls, "file:///etc/passwd", "`http` and `https` only"),
            (
                &tls,
                "ftp://registry.example/blob",
                "`http` and `https` only",
            ),
            (&tls, "data:text/plain,x", "`http` and `https` only"),
            (
                &tls,
                "https://user:pass@storage.example/",
                "a user or password",
            ),
            (&tls, "https://[", "IPv6"),
            (&plain, "https://storage.example/blob", ""),
            (&plain, "http://10.0.0.1:5000/blob", ""),
            (&plain, "http://127.0.0.1:9000/blob", ""),
            (
                &plain,
                "http://10.0.0.1:5001/blob",
                "only the registry itself",
            ),
            (
                &plain,
                "http://169.254.169.254/latest",
                "only the registry itself",
            ),
            (&plain, "file:///etc/passwd", "`http` and `https` only"),
        ] {
            match origin.follow(&origin.url("x"), to) {
                Ok(url) => assert_eq!(verdict, "", "{to} was followed to {url}"),
                Err(error) => {
                    let error = error.to_string();
                    assert!(
                        !verdict.is_empty() && error.contains(verdict),
                        "{to}: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_stays_at_the_registry() {
        let tls = origin("oci://registry.example", Encryption::default());
        let from = tls.url("x");
        assert!(
            tls.follow_within(&from, "https://registry.example:443/v2/y")
                .is_ok()
        );
        assert!(
            tls.follow_within(&from, "https://registry.example:444/v2/y")
                .is_err()
        );
        assert!(
            tls.follow_within(&from, "https://storage.example/v2/y")
                .is_err()
        );
    }
}
