//! What somebody shows to say who they are, and what that is good for.
//!
//! Must never tell a wrong credential from one that is no longer good, or from none.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use lictor::{Host, Priority, Role};

use crate::peer::Peer;
use crate::problem::Problem;
use crate::served::Served;
use crate::settings::ClientSettings;

/// A credential that is good.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// What may be done with it.
    pub(crate) role: Role,
    /// How much the requests matter that are decided with it.
    pub(crate) priority: Priority,
    /// What the journal calls who shows it.
    pub(crate) by: String,
}

impl Credential {
    /// The credential of a request.
    ///
    /// # Errors
    /// There is none that is good: the same words whatever was shown.
    pub(crate) fn shown(served: &Served, parts: &Parts) -> Result<Self, Problem> {
        let found = if parts.headers.contains_key(header::AUTHORIZATION) {
            token(&served.host, &parts.headers)
        } else {
            let peer = parts.extensions.get::<Peer>();
            peer.and_then(|peer| certificate(&served.settings().clients, peer))
        };
        found.ok_or_else(Problem::unauthorized)
    }
}

/// What a certificate is good for, as the settings say it now.
fn certificate(clients: &ClientSettings, peer: &Peer) -> Option<Credential> {
    let mut grants = clients.certificates.iter();
    let grant = grants.find(|grant| peer.has(&grant.name))?;
    Some(Credential {
        role: grant.role.clone(),
        priority: grant.priority,
        by: format!("certificate {}", grant.name),
    })
}

/// The token in the headers (RFC 6750).
fn token(host: &Host, headers: &HeaderMap) -> Option<Credential> {
    let mut shown = headers.get_all(header::AUTHORIZATION).iter();
    let (shown, None) = (shown.next()?.to_str().ok()?, shown.next()) else {
        // Two of them would let two readers see two callers.
        return None;
    };
    let (scheme, token) = shown.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (id, grant) = host.token_of(token.trim_start_matches(' '))?;
    // A label may be anything, also somebody else's name; the id is the host's.
    let by = match grant.label.as_str() {
        "" => format!("token {id}"),
        label => format!("{label} (token {id})"),
    };
    Some(Credential {
        role: grant.role,
        priority: grant.priority,
        by,
    })
}
