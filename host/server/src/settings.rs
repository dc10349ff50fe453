//! How a server is set up: in code, or in a file of TOML.

mod admin;
mod clients;
mod envoy;
mod file;
mod telemetry;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

pub use admin::AdminSettings;
pub use clients::{CertificateGrant, ClientSettings};
pub use envoy::{EntityMapping, EnvoyRoute, Mapping, Origin, OriginError, Origins, Paths};
pub use file::{SettingsError, Wrong};
pub use telemetry::{LogFormat, LogSettings, TraceSettings};

/// What an operator may set about a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where requests to decide are taken. Default `127.0.0.1:8181`.
    pub listen: Address,
    /// Who may ask. Default [`Callers::Tokens`].
    pub callers: Callers,
    /// The certificate that is shown. Default none: nothing is encrypted.
    pub tls: Option<TlsSettings>,
    /// The address under which clients reach the server, which AuthZEN's metadata tells them: `https://`, a host, perhaps a path
    /// without a slash at its end. Default none: there is no metadata then.
    pub public: Option<String>,
    /// What one client may take.
    pub traffic: TrafficLimits,
    /// The routes of gateways that ask here. Default none.
    pub envoy: Vec<Arc<EnvoyRoute>>,
    /// Where operators give orders.
    pub admin: AdminSettings,
    /// Clients that show a certificate.
    pub clients: ClientSettings,
    /// The log; a server doesn't start it, since it is the process's: [`start_log`](crate::start_log) does.
    pub log: LogSettings,
    /// Where traces of requests go. Default nowhere.
    pub traces: Option<TraceSettings>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 8181))),
            callers: Callers::default(),
            tls: None,
            public: None,
            traffic: TrafficLimits::default(),
            envoy: Vec::new(),
            admin: AdminSettings::default(),
            clients: ClientSettings::default(),
            log: LogSettings::default(),
            traces: None,
        }
    }
}

impl ServerSettings {
    /// These settings with what a running server can take over of others, and the names of what it can't and that is otherwise there.
    pub(crate) fn with_changes_of(&self, other: Self) -> (Vec<&'static str>, Self) {
        let kept = [
            ("decisions.listen", self.listen != other.listen),
            (
                "decisions.certificate",
                self.tls.is_some() != other.tls.is_some(),
            ),
            ("admin.listen", self.admin.listen != other.admin.listen),
            (
                "admin.certificate",
                self.admin.tls.is_some() != other.admin.tls.is_some(),
            ),
            (
                "admin.connections",
                self.admin.connections != other.admin.connections,
            ),
            (
                "traffic",
                self.traffic.of_connections() != other.traffic.of_connections(),
            ),
            ("log", self.log != other.log),
            ("traces", self.traces != other.traces),
        ];
        let kept = kept.into_iter().filter(|(_, is_other)| *is_other);
        let tls =
            |own: &Option<TlsSettings>, other| own.as_ref().and(other).or_else(|| own.clone());
        let settings = Self {
            listen: self.listen.clone(),
            tls: tls(&self.tls, other.tls),
            admin: AdminSettings {
                listen: self.admin.listen.clone(),
                tls: tls(&self.admin.tls, other.admin.tls),
                connections: self.admin.connections,
                ..other.admin
            },
            traffic: TrafficLimits {
                body_bytes: other.traffic.body_bytes,
                body_within: other.traffic.body_within,
                ..self.traffic.clone()
            },
            log: self.log.clone(),
            traces: self.traces.clone(),
            ..other
        };
        (kept.map(|(name, _)| name).collect(), settings)
    }
}

/// Where a server listens: `127.0.0.1:8181`, `[::1]:8181` or `unix:/run/lictor/decide.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP port; port 0 is any that is free.
    Tcp(SocketAddr),
    /// A Unix socket, which only the same user and root can reach.
    Unix(PathBuf),
}

impl Address {
    /// Whether only this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Address::Tcp(address) => address.ip().is_loopback(),
            Address::Unix(_) => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() {
                Ok(Address::Unix(path))
            } else {
                Err("the path of a Unix socket must begin at the root".to_owned())
            };
        }
        let address = text.parse().map(Address::Tcp);
        address.map_err(|_| {
            format!("`{text}` is no address: write `127.0.0.1:8181`, or `unix:` and a path")
        })
    }
}

/// Who may have something decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Callers {
    /// Who shows a token that is good for the tenant.
    #[default]
    Tokens,
    /// Anybody who reaches the server: what stands before it has to keep others away.
    Anyone,
}

/// A certificate and its key, as files of PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// The certificate, and those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What one client may take of the server, and how long it may take for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficLimits {
    /// Connections at once; one more is closed at once. Default 10,000.
    pub connections: usize,
    /// The most bytes of a body. Default 4 MiB; a single request has its own bound of 1 MiB.
    pub body_bytes: usize,
    /// Within what time a body must have come. Default 10 s.
    pub body_within: Duration,
    /// Within what time the head of a request must have come, and a connection must have been used again. Default 30 s.
    pub head_within: Duration,
    /// How long a client may take none of its answer. Default 10 s.
    pub taken_within: Duration,
    /// How long what is in flight may take once the server is told to end. Default 30 s.
    pub stop_within: Duration,
}

impl TrafficLimits {
    /// What a connection is begun with.
    fn of_connections(&self) -> (usize, [Duration; 3]) {
        let within = [self.head_within, self.taken_within, self.stop_within];
        (self.connections, within)
    }
}

impl Default for TrafficLimits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            body_bytes: 4 << 20,
            body_within: Duration::from_secs(10),
            head_within: Duration::from_secs(30),
            taken_within: Duration::from_secs(10),
            stop_within: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "127.0.0.1:8181",
            "[::1]:0",
            "0.0.0.0:80",
            "unix:/run/a.sock",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "localhost",
            "8181",
            "127.0.0.1",
            "unix:a.sock",
            "unix:",
            "http://127.0.0.1:1",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_only_this_machine_reaches_is_told_apart() {
        let is_local = |text: &str| text.parse::<Address>().unwrap().is_local();
        assert!(is_local("127.0.0.1:1") && is_local("[::1]:1") && is_local("unix:/a"));
        assert!(!is_local("0.0.0.0:1") && !is_local("[::]:1") && !is_local("192.168.0.1:1"));
    }
}
