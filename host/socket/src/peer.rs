//! Who is at the other end: the kernel says, not the peer.

use std::os::unix::net::UnixStream;

use crate::error::SocketError;

/// Whether a process of this user may give orders to, or take them from, one of that user: only the same user and root may.
///
/// The rights of the socket say the same; this holds when they were changed, or when the descriptor was handed on.
pub fn may_operate(peer_uid: u32, own_uid: u32) -> bool {
    peer_uid == own_uid || peer_uid == 0
}

/// Refuses an end that belongs to another user.
pub(crate) fn check(stream: &UnixStream) -> Result<(), SocketError> {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    let peer = peer.map_err(|_| SocketError::BrokenOff)?.uid.as_raw();
    if may_operate(peer, rustix::process::geteuid().as_raw()) {
        return Ok(());
    }
    Err(SocketError::OtherUser { uid: peer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_user_and_root_may() {
        assert!(may_operate(1000, 1000));
        assert!(may_operate(0, 1000));
        assert!(!may_operate(1000, 0));
        assert!(!may_operate(1001, 1000));
        // What the kernel says of a user that this namespace doesn't know.
        assert!(!may_operate(65_534, 1000));
    }
}
