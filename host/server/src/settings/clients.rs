//! Clients that show a certificate in the place of a token.

use std::path::PathBuf;

use lictor::{Priority, Role};

/// Whose certificates are believed, and what each is good for. Both doors take them where they are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSettings {
    /// The certificates of PEM that vouch for clients. Default none: no client's certificate is asked for.
    pub ca: Option<PathBuf>,
    /// What the certificates are good for. The first whose name a certificate has says it; one without is good for nothing.
    pub certificates: Vec<CertificateGrant>,
}

/// What a certificate is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateGrant {
    /// A name among its subject's alternative names: a DNS name or a URI, such as a SPIFFE id, exactly as it stands there. The common
    /// name doesn't count (RFC 9525).
    pub name: String,
    /// What may be done with it.
    pub role: Role,
    /// How much the requests matter that are decided with it.
    pub priority: Priority,
}
