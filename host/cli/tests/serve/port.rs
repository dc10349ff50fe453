//! Ports for programs that can't take just any.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that systems give to whoever takes any, so that nobody is given it meanwhile.
const FIRST: u16 = 20_000;
/// How many one run of the tests may try, and how many runs there may be side by side.
const OF_A_RUN: u16 = 40;
const RUNS: u32 = 250;

/// A port that nobody listens on, and that this run hands out once.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let run = u16::try_from(std::process::id() % RUNS).unwrap();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(number < OF_A_RUN, "no port is free");
        let port = FIRST + run * OF_A_RUN + number;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
