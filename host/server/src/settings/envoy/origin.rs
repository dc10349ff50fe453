//! Where a value of a request comes from, as the operator writes it.

use std::fmt;
use std::str::FromStr;

use axum::http::HeaderName;
use lictor::Pointer;

/// Headers that hold credentials. They would stand in records; what they prove is the gateway's to check.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `text:user`: always this text.
    Text(String),
    /// `method`: the method, as `GET`.
    Method,
    /// `path`: the path without its query, as it came.
    Path,
    /// `query`: what follows the path's `?`, as it came.
    Query,
    /// `host`: the host that the client named.
    Host,
    /// `scheme`: `http` or `https`.
    Scheme,
    /// `address`: the address of whoever is connected to the gateway, without the port.
    Address,
    /// `principal`: whom the certificate names that the gateway was shown.
    Principal,
    /// `sni`: the name by which the client asked for a certificate.
    Sni,
    /// `header:x-user`: a header of the request. One that is there twice is no value.
    Header(String),
    /// `extension:team`: what the operator wrote into the gateway's route beside the name.
    Extension(String),
    /// `metadata:envoy.filters.http.jwt_authn/payload/sub`: what an earlier filter of the gateway found out.
    Metadata {
        /// The filter's namespace.
        filter: String,
        /// Where in it.
        pointer: Pointer,
    },
}

/// Why a text names no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// There is no such origin.
    #[error(
        "`{0}` is nowhere to be found: write `method`, `path`, `query`, `host`, `scheme`, `address`, `principal`, `sni`, `text:` and a text, `header:` and a name, `extension:` and a name, or `metadata:` with a filter and a pointer"
    )]
    Unknown(String),
    /// No header can have the name.
    #[error("`{0}` is no name of a header in lower case")]
    Header(String),
    /// It holds credentials.
    #[error(
        "`{0}` holds credentials, which don't belong into a request: have the gateway check them, and take what they prove"
    )]
    Credentials(String),
    /// The rest says nothing.
    #[error("`{0}` must be followed by something")]
    Empty(String),
    /// It isn't a filter and a pointer.
    #[error(
        "`{0}` must be a filter's namespace and a pointer into it, as in `metadata:filter/a/b`"
    )]
    Metadata(String),
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let Some((kind, rest)) = text.split_once(':') else {
            return plain(text);
        };
        if rest.is_empty() {
            return Err(OriginError::Empty(text.to_owned()));
        }
        match kind {
            "text" => Ok(Origin::Text(rest.to_owned())),
            "extension" => Ok(Origin::Extension(rest.to_owned())),
            "header" => header(rest),
            "metadata" => metadata(rest),
            _ => Err(OriginError::Unknown(text.to_owned())),
        }
    }
}

fn plain(text: &str) -> Result<Origin, OriginError> {
    Ok(match text {
        "method" => Origin::Method,
        "path" => Origin::Path,
        "query" => Origin::Query,
        "host" => Origin::Host,
        "scheme" => Origin::Scheme,
        "address" => Origin::Address,
        "principal" => Origin::Principal,
        "sni" => Origin::Sni,
        _ => return Err(OriginError::Unknown(text.to_owned())),
    })
}

fn header(name: &str) -> Result<Origin, OriginError> {
    if CREDENTIALS.contains(&name) {
        return Err(OriginError::Credentials(name.to_owned()));
    }
    match HeaderName::from_lowercase(name.as_bytes()) {
        Ok(_) => Ok(Origin::Header(name.to_owned())),
        Err(_) => Err(OriginError::Header(name.to_owned())),
    }
}

fn metadata(rest: &str) -> Result<Origin, OriginError> {
    let wrong = || OriginError::Metadata(rest.to_owned());
    let at = rest.find('/').filter(|at| *at > 0).ok_or_else(wrong)?;
    let (filter, pointer) = rest.split_at(at);
    Ok(Origin::Metadata {
        filter: filter.to_owned(),
        pointer: pointer.parse().map_err(|_| wrong())?,
    })
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Text(text) => write!(f, "text:{text}"),
            Origin::Method => f.write_str("method"),
            Origin::Path => f.write_str("path"),
            Origin::Query => f.write_str("query"),
            Origin::Host => f.write_str("host"),
            Origin::Scheme => f.write_str("scheme"),
            Origin::Address => f.write_str("address"),
            Origin::Principal => f.write_str("principal"),
            Origin::Sni => f.write_str("sni"),
            Origin::Header(name) => write!(f, "header:{name}"),
            Origin::Extension(name) => write!(f, "extension:{name}"),
            Origin::Metadata { filter, pointer } => write!(f, "metadata:{filter}{pointer}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_they_are_written() {
        for text in [
            "text:user",
            "text:a:b c",
            "method",
            "path",
            "query",
            "host",
            "scheme",
            "address",
            "principal",
            "sni",
            "header:x-user",
            "extension:team",
            "metadata:envoy.filters.http.jwt_authn/payload/sub",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_for_its_reason() {
        for (text, reason) in [
            ("", "nowhere"),
            ("body", "nowhere"),
            ("body:/a", "nowhere"),
            ("text:", "followed"),
            ("header:", "followed"),
            ("header:X-User", "lower case"),
            ("header::path", "lower case"),
            ("header:a b", "lower case"),
            ("header:authorization", "credentials"),
            ("header:cookie", "credentials"),
            ("metadata:filter", "pointer"),
            ("metadata:/a", "pointer"),
            ("metadata:filter/~", "pointer"),
        ] {
            let error = text.parse::<Origin>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
