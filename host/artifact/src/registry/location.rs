//! Which registry: a folder of this machine, or a host that speaks the OCI distribution protocol.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lictor_policy::PolicyName;

use super::reference::{REFERENCE_BYTES_MAX, ReferenceError};

/// A registry: a folder of this machine or an OCI registry, with the path before the policies' names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// `dir:/path`.
    Directory(PathBuf),
    /// `oci://host[:port][/path]`.
    Oci(OciLocation),
}

/// An OCI registry and a path in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciLocation {
    authority: String,
    path: String,
}

impl OciLocation {
    /// The host with its port if one was given, for example `registry.example:5000` or `[::1]:5000`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host without its port and brackets.
    pub fn host(&self) -> &str {
        match self.authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(rest),
            None => self.authority.split(':').next().unwrap_or(&self.authority),
        }
    }

    /// The repository of a policy, for example `team/policies/spend-limit`.
    pub fn repository(&self, name: &PolicyName) -> String {
        match self.path.as_str() {
            "" => name.to_string(),
            path => format!("{path}/{name}"),
        }
    }

    fn parse(text: &str) -> Result<Self, ReferenceError> {
        let (authority, path) = text.split_once('/').unwrap_or((text, ""));
        if authority.contains('@') {
            return Err(ReferenceError::Credentials);
        }
        if !is_authority(authority) {
            return Err(ReferenceError::Host(authority.to_owned()));
        }
        let parts = path.split('/').filter(|_| text.contains('/'));
        for part in parts {
            if !is_path_part(part) {
                return Err(ReferenceError::PathPart(part.to_owned()));
            }
        }
        Ok(Self {
            authority: authority.to_ascii_lowercase(),
            path: path.to_owned(),
        })
    }
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if address.parse::<Ipv6Addr>().is_err() {
                return false;
            }
            match rest.strip_prefix(':') {
                Some(port) => (None, Some(port)),
                None if rest.is_empty() => (None, None),
                None => return false,
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|p| p > 0)
    });
    port_fits && host.is_none_or(|host| host.split('.').all(is_label))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The grammar of the OCI distribution specification, but for rows of separators, which only some registries take.
fn is_path_part(part: &str) -> bool {
    let separator = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    let mut after_separator = true;
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => after_separator = false,
            _ if separator(byte) && !after_separator => after_separator = true,
            _ => return false,
        }
    }
    !after_separator
}

impl FromStr for Location {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > REFERENCE_BYTES_MAX {
            return Err(ReferenceError::TooLong(text.len()));
        }
        if let Some(rest) = text.strip_prefix("oci://") {
            return OciLocation::parse(rest).map(Self::Oci);
        }
        let Some(path) = text.strip_prefix("dir:") else {
            return Err(ReferenceError::Scheme(text.to_owned()));
        };
        if path.is_empty() || path.chars().any(char::is_control) {
            return Err(ReferenceError::Directory(path.escape_debug().to_string()));
        }
        Ok(Self::Directory(Path::new(path).to_owned()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "dir:{}", path.display()),
            Self::Oci(oci) if oci.path.is_empty() => write!(f, "oci://{}", oci.authority),
            Self::Oci(oci) => write!(f, "oci://{}/{}", oci.authority, oci.path),
        }
    }
}
