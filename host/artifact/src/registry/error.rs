//! Why a registry gave nothing.

use std::io;
use std::path::PathBuf;

use super::digest::Sha256Digest;
use super::image::ImageError;

/// Why nothing was pushed, pulled or listed; each variant is one check.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Nothing has that name, version or digest.
    #[error("`{0}` is not there")]
    NotFound(String),
    /// More bytes than the limit, by what was announced or by what came.
    #[error("{what} is larger than the limit of {bytes_max} bytes")]
    TooLarge {
        /// What was read or was to be stored.
        what: &'static str,
        /// The limit.
        bytes_max: u64,
    },
    /// There is nothing to push.
    #[error("the artifact is empty")]
    Empty,
    /// Bytes that are not those of their descriptor, although as many.
    #[error("{what} has the digest `{actual}`, but `{expected}` was asked for")]
    WrongDigest {
        /// What was read.
        what: &'static str,
        /// What the reference or descriptor says.
        expected: Sha256Digest,
        /// What the bytes have.
        actual: Sha256Digest,
    },
    /// More or fewer bytes than the descriptor says.
    #[error("{what} has {actual} bytes, but its descriptor says {expected}")]
    WrongSize {
        /// What was read.
        what: &'static str,
        /// What the descriptor says.
        expected: u64,
        /// What came, or was announced; one more than expected where reading stopped there.
        actual: u64,
    },
    /// An image of another shape.
    #[error("`{digest}` is no image of one Wasm file: {reason}")]
    NotAnArtifact {
        /// The digest of its manifest.
        digest: Sha256Digest,
        /// What is wrong with it.
        reason: ImageError,
    },
    /// The version holds other bytes.
    #[error("version `{version}` of `{name}` is taken by other bytes, with the digest `{digest}`")]
    VersionTaken {
        /// The policy.
        name: String,
        /// The version.
        version: String,
        /// What it holds.
        digest: Sha256Digest,
    },
    /// More versions than the limit, or a list that doesn't end.
    #[error("`{name}` has more than {versions_max} versions, or their list doesn't end")]
    TooManyVersions {
        /// The policy.
        name: String,
        /// The limit.
        versions_max: usize,
    },
    /// A link, a device or a folder where a file must stand, or a file where a folder must.
    #[error("`{}` is no plain {wanted}: links are not followed", path.display())]
    NotPlain {
        /// What was found.
        path: PathBuf,
        /// `file` or `folder`.
        wanted: &'static str,
    },
    /// A folder that can't be read or written.
    #[error("`{}` can't be used", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the registry that isn't what it should be.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else has been writing for too long.
    #[error("`{}` is being written by another process", .0.display())]
    Busy(PathBuf),
    /// An address that may not be asked.
    #[error("the registry leads to `{url}`: {reason}")]
    Address {
        /// The address.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The certificate of a registry, or the authorities to trust.
    #[error("no encrypted connection can be made: {0}")]
    Tls(String),
    /// It couldn't be asked, or failed each time. Later it may work.
    #[error("`{registry}` can't be reached: {reason}")]
    Unreachable {
        /// The host.
        registry: String,
        /// What happened at last.
        reason: String,
    },
    /// The time for the whole work has passed.
    #[error("`{registry}` was given up after {deadline_ms} ms")]
    Deadline {
        /// The host.
        registry: String,
        /// The time.
        deadline_ms: u64,
    },
    /// The registry wants to know who asks, and what was shown doesn't do.
    #[error("`{registry}` wants other credentials for {what}")]
    Unauthorized {
        /// The host.
        registry: String,
        /// What was asked for.
        what: String,
    },
    /// Whoever asks may not.
    #[error("`{registry}` forbids {what}")]
    Forbidden {
        /// The host.
        registry: String,
        /// What was asked for.
        what: String,
    },
    /// A token service that gives none.
    #[error("the registry's token service is of no use: {0}")]
    Token(String),
    /// Docker's configuration.
    #[error("`{}` gives no credentials: {reason}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, without any secret.
        reason: String,
    },
    /// An answer that says no in another way.
    #[error("`{registry}` answers {status} for {what}: {message}")]
    Status {
        /// The host.
        registry: String,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What the registry says about it.
        message: String,
    },
    /// An answer that the protocol doesn't know.
    #[error("`{registry}` doesn't keep to the protocol: {reason}")]
    Protocol {
        /// The host.
        registry: String,
        /// What it did.
        reason: String,
    },
    /// Work that was handed to another thread didn't come back.
    #[error("the work was given up because the runtime is ending")]
    Interrupted,
}

impl RegistryError {
    /// Whether the registry couldn't be asked at all, rather than having said no.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Deadline { .. })
    }
}
