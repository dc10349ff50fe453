//! Where an artifact lies: a registry, a name in it, and a version or a digest.
//!
//! | text | means |
//! |---|---|
//! | `oci://host[:port][/path]/name:1.2.3` | that version in an OCI registry, in the repository `path/name` |
//! | `oci://host[:port][/path]/name@sha256:…` | the image manifest with that digest |
//! | `dir:/path#name:1.2.3` | that version in a directory registry; the path may be relative to the working directory |
//! | `dir:/path#name@sha256:…` | the image manifest with that digest |
//!
//! A version is a whole semantic version: there is no `latest`, which would name another artifact tomorrow. Without its
//! last part a text names a [`Repository`], without the name a [`Location`].

use std::fmt;
use std::str::FromStr;

use lictor_policy::{NameError, PolicyName};
use semver::Version;

use super::digest::{Sha256Digest, Sha256DigestError};
use super::location::Location;
use crate::manifest::VERSION_BYTES_MAX;

/// The most bytes of a reference: more than any path and host of use, and short enough to be shown whole.
pub const REFERENCE_BYTES_MAX: usize = 1_024;

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// More than [`REFERENCE_BYTES_MAX`] bytes.
    #[error("a reference may have {REFERENCE_BYTES_MAX} bytes at most, this one has {0}")]
    TooLong(usize),
    /// It begins with neither scheme.
    #[error("`{0}` names no registry: a registry begins with `oci://` or `dir:`")]
    Scheme(String),
    /// A user or password stands before the host. It isn't shown.
    #[error("a reference holds no user and password: they come from the Docker configuration")]
    Credentials,
    /// The host or its port.
    #[error(
        "`{0}` is no host: letters, digits, dots and inner hyphens, or an IPv6 address in brackets, then perhaps a colon and a port"
    )]
    Host(String),
    /// A part of the path of an OCI repository.
    #[error(
        "`{0}` is no part of a repository's path: lower-case letters and digits, inside of it also dots, hyphens and underscores"
    )]
    PathPart(String),
    /// The path of a directory registry.
    #[error("`{0}` is no path of a directory: it may not be empty or have control characters")]
    Directory(String),
    /// Nothing says which policy is meant.
    #[error(
        "`{0}` names no policy: append `/name` after `oci://host`, or `#name` after `dir:/path`"
    )]
    NoName(String),
    /// The name of the policy.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Neither a version nor a digest.
    #[error("`{0}` names neither a version nor a digest: append `:1.2.3` or `@sha256:…`")]
    NoPick(String),
    /// Both a version and a digest.
    #[error("`{0}` names a version and a digest: they could disagree, keep one")]
    TwoPicks(String),
    /// The version.
    #[error("`{version}` is no semantic version: {reason}")]
    Version {
        /// What was given.
        version: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The digest.
    #[error(transparent)]
    Digest(#[from] Sha256DigestError),
}

// --- Repository ---

/// All versions of one policy in one registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// The registry.
    pub location: Location,
    /// The policy.
    pub name: PolicyName,
}

impl Repository {
    /// One of its versions.
    pub fn version(&self, version: Version) -> Reference {
        Reference {
            repository: self.clone(),
            pick: Pick::Version(version),
        }
    }

    /// The image with a digest.
    pub fn digest(&self, digest: Sha256Digest) -> Reference {
        Reference {
            repository: self.clone(),
            pick: Pick::Digest(digest),
        }
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let no_name = || ReferenceError::NoName(shown(text));
        let (location, name) = match text.strip_prefix("oci://") {
            Some(rest) => {
                let (location, name) = rest.rsplit_once('/').ok_or_else(no_name)?;
                (format!("oci://{location}").parse()?, name)
            }
            None if text.starts_with("dir:") => {
                let (location, name) = text.rsplit_once('#').ok_or_else(no_name)?;
                (location.parse()?, name)
            }
            None => (text.parse()?, ""),
        };
        if name.is_empty() {
            return Err(no_name());
        }
        Ok(Self {
            location,
            name: name.parse()?,
        })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = match self.location {
            Location::Directory(_) => '#',
            Location::Oci(_) => '/',
        };
        write!(f, "{}{separator}{}", self.location, self.name)
    }
}

// --- Reference ---

/// Which image of a repository is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pick {
    /// The one that carries this version now.
    Version(Version),
    /// The one whose manifest has this digest; it is always the same.
    Digest(Sha256Digest),
}

/// One artifact in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The registry and the policy.
    pub repository: Repository,
    /// The version or the digest.
    pub pick: Pick,
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > REFERENCE_BYTES_MAX {
            return Err(ReferenceError::TooLong(text.len()));
        }
        if !text.starts_with("oci://") && !text.starts_with("dir:") {
            return Err(ReferenceError::Scheme(text.to_owned()));
        }
        if is_with_credentials(text) {
            return Err(ReferenceError::Credentials);
        }
        // A path may have colons and an `@`: only what follows the last separator is looked at.
        let separator = if text.starts_with("dir:") { '#' } else { '/' };
        let start = text
            .rfind(separator)
            .filter(|at| *at >= "oci://".len() || separator == '#')
            .ok_or_else(|| ReferenceError::NoName(text.to_owned()))?;
        let (before, last) = text.split_at(start + 1);
        let (name, pick) = match (last.split_once('@'), last.split_once(':')) {
            (Some((name, _)), _) if name.contains(':') => {
                return Err(ReferenceError::TwoPicks(text.to_owned()));
            }
            (Some((name, digest)), _) => (name, Pick::Digest(digest.parse()?)),
            (None, Some((name, version))) => (name, Pick::Version(parse_version(version)?)),
            (None, None) => return Err(ReferenceError::NoPick(text.to_owned())),
        };
        Ok(Self {
            repository: format!("{before}{name}").parse()?,
            pick,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pick {
            Pick::Version(version) => write!(f, "{}:{version}", self.repository),
            Pick::Digest(digest) => write!(f, "{}@{digest}", self.repository),
        }
    }
}

fn is_with_credentials(text: &str) -> bool {
    text.strip_prefix("oci://")
        .and_then(|rest| rest.split('/').next())
        .is_some_and(|authority| authority.contains('@'))
}

fn shown(text: &str) -> String {
    text.chars().take(REFERENCE_BYTES_MAX).collect()
}

fn parse_version(text: &str) -> Result<Version, ReferenceError> {
    let refuse = |reason: String| ReferenceError::Version {
        version: text.to_owned(),
        reason,
    };
    if text.len() > VERSION_BYTES_MAX {
        return Err(refuse(format!(
            "it may have {VERSION_BYTES_MAX} bytes at most"
        )));
    }
    text.parse()
        .map_err(|error: semver::Error| refuse(error.to_string()))
}

// --- Tags ---

/// How a version is spelt as a tag: OCI tags have no `+`, versions no `_`, so one stands for the other, as Helm does.
pub(crate) fn tag_of(version: &Version) -> String {
    version.to_string().replace('+', "_")
}

/// The version that a tag spells, if it spells one: registries also carry tags such as `latest`.
pub(crate) fn version_of(tag: &str) -> Option<Version> {
    let version = parse_version(&tag.replace('_', "+")).ok()?;
    (tag_of(&version) == tag).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn text_and_back() {
        for good in [
            "oci://registry.example/spend-limit:1.2.3",
            "oci://registry.example:5000/team/policies/spend-limit:1.2.3-rc.1",
            "oci://[::1]:5000/spend-limit:1.2.3+build.5",
            &format!("oci://localhost/a/spend-limit@{DIGEST}"),
            "dir:/var/lib/policies#spend-limit:1.2.3",
            "dir:policies#spend-limit:1.2.3",
            "dir:/odd:path@with#marks#spend-limit:1.2.3",
            &format!("dir:./policies#spend-limit@{DIGEST}"),
        ] {
            let reference: Reference = good
                .parse()
                .unwrap_or_else(|error| panic!("{good}: {error}"));
            assert_eq!(reference.to_string(), good);
            assert_eq!(reference.repository.name.as_str(), "spend-limit");
            let repository = reference.repository.to_string();
            assert_eq!(
                repository.parse::<Repository>().unwrap(),
                reference.repository
            );
            let location = reference.repository.location.to_string();
            assert_eq!(
                location.parse::<Location>().unwrap(),
                reference.repository.location
            );
        }
    }

    #[test]
    fn each_refusal_says_why() {
        let long = format!("dir:/{}#x:1.0.0", "p".repeat(REFERENCE_BYTES_MAX));
        let digest_after_version = format!("oci://h/x:1.0.0@{DIGEST}");
        for (bad, reason) in [
            (long.as_str(), "1024 bytes at most"),
            ("", "names no registry"),
            ("spend-limit:1.0.0", "names no registry"),
            ("https://h/x:1.0.0", "names no registry"),
            ("oci://user:secret@h/x:1.0.0", "no user and password"),
            ("oci:///x:1.0.0", "no host"),
            ("oci://-h/x:1.0.0", "no host"),
            ("oci://h:0/x:1.0.0", "no host"),
            ("oci://h:65536/x:1.0.0", "no host"),
            ("oci://h:+1/x:1.0.0", "no host"),
            ("oci://[::g]/x:1.0.0", "no host"),
            ("oci://[::1]x/x:1.0.0", "no host"),
            ("oci://h/../x:1.0.0", "no part of a repository's path"),
            ("oci://h//x:1.0.0", "no part of a repository's path"),
            ("oci://h/A/x:1.0.0", "no part of a repository's path"),
            ("oci://h/a?b/x:1.0.0", "no part of a repository's path"),
            ("oci://h", "names no policy"),
            ("dir:#x:1.0.0", "no path of a directory"),
            ("dir:/a\u{1b}[2J#x:1.0.0", "no path of a directory"),
            ("dir:/a", "names no policy"),
            ("oci://h/:1.0.0", "names no policy"),
            ("oci://h/..:1.0.0", "a policy name has"),
            ("dir:/a#../b:1.0.0", "a policy name has"),
            ("dir:/a#/etc:1.0.0", "a policy name has"),
            ("oci://h/x", "neither a version nor a digest"),
            (&digest_after_version, "a version and a digest"),
            ("oci://h/x:latest", "`latest` is no semantic version"),
            ("oci://h/x:1.2", "`1.2` is no semantic version"),
            ("oci://h/x@sha512:00", "is no digest"),
        ] {
            let error = bad.parse::<Reference>().expect_err(bad).to_string();
            assert!(error.contains(reason), "{bad}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_tag_spells_one_version() {
        for text in ["1.2.3", "1.2.3-rc.1", "1.2.3+b.1", "1.2.3-a-b+c-d"] {
            let version: Version = text.parse().unwrap();
            assert_eq!(version_of(&tag_of(&version)), Some(version));
        }
        for tag in ["latest", "1.2", "v1.2.3", "1.2.3+b", "01.2.3", "1.2.3_b_c"] {
            assert_eq!(version_of(tag), None, "{tag}");
        }
    }
}
