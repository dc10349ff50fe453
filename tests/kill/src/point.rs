//! One step of a write, at which a process stops for good where a test asks for it. It stands alone, so that a crate can take it
//! in for the tests of others.

#![allow(clippy::unwrap_used, reason = "whatever fails here fails a test")]

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Names the point to stop at, by its number from 1.
pub const STOP_AT: &str = "LICTOR_TEST_STOP_AT";
/// What a line begins with that tells where the process has stopped.
pub const MARK: &str = "stopped at: ";

static POINTS: AtomicUsize = AtomicUsize::new(0);

/// Called where a write has got one step further; stops for good at the point that the parent has chosen.
pub fn reached(name: &str, point: &str) {
    let Some(stop_at) = env::var(STOP_AT)
        .ok()
        .and_then(|text| text.parse::<usize>().ok())
    else {
        return;
    };
    if POINTS.fetch_add(1, Ordering::SeqCst) + 1 == stop_at {
        // Past whoever holds the lock of standard output.
        let mut out = File::from(io::stdout().as_fd().try_clone_to_owned().unwrap());
        out.write_all(format!("\n{MARK}{name} {point}\n").as_bytes())
            .unwrap();
        loop {
            thread::park();
        }
    }
}
