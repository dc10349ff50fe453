//! How the door of the operators is set up.

use std::net::SocketAddr;

use super::{Address, TlsSettings};

/// Where operators give orders, and what they may take. Times are those of [`TrafficLimits`](super::TrafficLimits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSettings {
    /// Where orders are taken. Default `127.0.0.1:8182`.
    pub listen: Address,
    /// The certificate that is shown. Default none: nothing is encrypted.
    pub tls: Option<TlsSettings>,
    /// Connections at once; one more is closed at once. Default 256.
    pub connections: usize,
    /// The most bytes of an engineer's order: an artifact stands in it in base64. Default 32 MiB. Others' orders are small.
    pub body_bytes: usize,
}

impl Default for AdminSettings {
    fn default() -> Self {
        Self {
            listen: Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 8182))),
            tls: None,
            connections: 256,
            body_bytes: 32 << 20,
        }
    }
}
