//! What can go wrong on the way between a command line and a host.

use std::io;
use std::path::PathBuf;

/// An order that didn't reach a host, or an answer that didn't come back.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Nobody listens there.
    #[error("nobody takes orders on `{path}`")]
    Nobody {
        /// The socket.
        path: PathBuf,
    },
    /// The socket can't be made or used.
    #[error("the socket `{path}` can't be used: {source}")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The process at the other end belongs to another user.
    #[error(
        "the other end of the socket belongs to user {uid}, and only the same user or root is trusted"
    )]
    OtherUser {
        /// Whose it is.
        uid: u32,
    },
    /// The other end says nothing for too long.
    #[error("the other end said nothing for {seconds} seconds")]
    Silent {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The connection ended in the middle.
    #[error("the other end broke off")]
    BrokenOff,
    /// What came is no order and no answer.
    #[error("what came through the socket can't be understood: {detail}")]
    Garbled {
        /// What is wrong with it.
        detail: String,
    },
    /// There is more than is taken.
    #[error("{what} has {bytes} bytes, at most {max} are taken")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How many bytes.
        bytes: u64,
        /// How many there may be.
        max: u64,
    },
}
