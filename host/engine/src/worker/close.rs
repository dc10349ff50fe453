//! Closes what a worker was given besides its pipes: descriptors that somebody in the host's program left open over `exec`, for
//! instance sockets that the service manager handed over.

#![expect(
    unsafe_code,
    reason = "closing descriptors that nobody here owns is a promise that nobody here uses them"
)]

/// The first descriptor after standard input, output and error.
const FIRST: libc::c_uint = 3;

/// Closes every other descriptor; where the kernel can't (before Linux 5.9) they stay, and no call that could use them is
/// allowed later.
pub(super) fn close_inherited() {
    // SAFETY: this is called first thing in a process that is nothing but a worker, before anything of it has opened
    // a descriptor, so no object of this program owns any of those that are closed.
    unsafe {
        libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0);
    }
}
