//! What is known of a request that a gateway asks about, whichever way it asks.
//!
//! Everything in it can be a client's word, but for what stands in `attributes`, which the gateway found out.

use axum::http::{HeaderMap, request::Parts};
use envoy_types::pb::envoy::config::core::v3::address::Address;
use envoy_types::pb::envoy::service::auth::v3::AttributeContext;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::HttpRequest;
use lictor::Node;

use super::{metadata, unclear};
use crate::problem::Problem;
use crate::settings::Origin;

/// The most headers; a gateway takes about 100 of a client by default.
const HEADERS_MAX: usize = 256;

/// A request before it is let through.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    host: &'a str,
    scheme: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    /// Whether headers of one name may have come together in one value, with commas between them.
    is_merged: bool,
    attributes: Option<&'a AttributeContext>,
}

impl<'a> Checked<'a> {
    /// As Envoy's message tells of it.
    pub(super) fn of_message(attributes: &'a AttributeContext) -> Result<Self, Problem> {
        let request = attributes.request.as_ref();
        let http = request.and_then(|request| request.http.as_ref());
        let http = http.ok_or_else(|| unclear("the message has no HTTP request"))?;
        let (path, query) = split(&http.path);
        let checked = Self {
            method: &http.method,
            path,
            query,
            host: &http.host,
            scheme: &http.scheme,
            headers: headers(http)?,
            is_merged: http.header_map.is_none(),
            attributes: Some(attributes),
        };
        checked.bounded()
    }

    /// As a request tells of it whose path ends in the one that is asked about.
    pub(super) fn of_parts(parts: &'a Parts, target: &'a str) -> Result<Self, Problem> {
        let (path, query) = split(target);
        let named = parts.headers.get(axum::http::header::HOST);
        let named = named.and_then(|host| host.to_str().ok());
        let authority = parts.uri.authority().map(|it| it.as_str());
        let checked = Self {
            method: parts.method.as_str(),
            path,
            query,
            host: authority.or(named).unwrap_or_default(),
            scheme: "",
            headers: listed(&parts.headers),
            is_merged: true,
            attributes: None,
        };
        checked.bounded()
    }

    fn bounded(self) -> Result<Self, Problem> {
        if self.headers.len() > HEADERS_MAX {
            let message = format!("the request has more than {HEADERS_MAX} headers");
            return Err(unclear(message));
        }
        Ok(self)
    }

    pub(super) fn path(&self) -> &'a str {
        self.path
    }

    /// Whether the request has such a header.
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// What stands there, or nothing.
    ///
    /// # Errors
    /// There is more than one, or it is no text.
    pub(super) fn value(&self, origin: &Origin) -> Result<Option<Node>, Problem> {
        let text = match origin {
            Origin::Text(text) => Some(text.as_str()),
            Origin::Method => Some(self.method),
            Origin::Path => Some(self.path),
            Origin::Query => self.query,
            Origin::Host => Some(self.host),
            Origin::Scheme => Some(self.scheme),
            Origin::Address => self.address(),
            Origin::Principal => self.principal(),
            Origin::Sni => self.sni(),
            Origin::Header(name) => self.header(name)?,
            Origin::Extension(name) => self.extension(name),
            Origin::Metadata { filter, pointer } => {
                let known = self.attributes.and_then(|it| it.metadata_context.as_ref());
                let known = known.and_then(|it| it.filter_metadata.get(filter));
                return Ok(known.and_then(|known| metadata::found(known, pointer)));
            }
        };
        // What a gateway doesn't know it leaves empty.
        let text = text.filter(|text| !text.is_empty());
        Ok(text.map(|text| Node::Text(text.to_owned())))
    }

    fn header(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        let mut named = self.named(name);
        let Some(bytes) = named.next() else {
            return Ok(None);
        };
        if named.next().is_some() || (self.is_merged && bytes.contains(&b',')) {
            // Somebody else might read the other one, or only one of the two.
            return Err(unclear(format!("the header `{name}` may be there twice")));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(unclear(format!("the header `{name}` is no text"))),
        }
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.headers.iter();
        let same = headers.filter(move |(found, _)| found.eq_ignore_ascii_case(name));
        same.map(|(_, value)| *value)
    }

    fn address(&self) -> Option<&'a str> {
        let address = self.attributes?.source.as_ref()?.address.as_ref()?;
        match address.address.as_ref()? {
            Address::SocketAddress(socket) => Some(&socket.address),
            _ => None,
        }
    }

    fn principal(&self) -> Option<&'a str> {
        let source = self.attributes?.source.as_ref()?;
        Some(&source.principal)
    }

    fn sni(&self) -> Option<&'a str> {
        let session = self.attributes?.tls_session.as_ref()?;
        Some(&session.sni)
    }

    fn extension(&self, name: &str) -> Option<&'a str> {
        let extension = self.attributes?.context_extensions.get(name)?;
        Some(extension)
    }
}

fn split(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// All headers. A gateway sends them in one of two forms; both at once would let two readers see two requests.
fn headers(http: &HttpRequest) -> Result<Vec<(&str, &[u8])>, Problem> {
    let merged = http.headers.iter();
    let merged = merged.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let Some(raw) = &http.header_map else {
        return Ok(merged.collect());
    };
    if merged.len() > 0 {
        return Err(unclear("the message has headers in two forms"));
    }
    let raw = raw.headers.iter().map(|header| {
        let value = match header.raw_value.is_empty() {
            true => header.value.as_bytes(),
            false => &header.raw_value,
        };
        (header.key.as_str(), value)
    });
    Ok(raw.collect())
}

fn listed(headers: &HeaderMap) -> Vec<(&str, &[u8])> {
    let headers = headers.iter();
    let listed = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
    listed.collect()
}
