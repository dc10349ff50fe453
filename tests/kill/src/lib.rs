//! For tests: a child process that stops at each point of its writes in turn, and is killed there with `SIGKILL`.
//!
//! What writes calls [`reached`] where it has got one step further, in its own tests only: what users run knows no points.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "whatever fails here fails a test"
)]

mod point;

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub use point::{MARK, STOP_AT, reached};

const FOLDER: &str = "LICTOR_TEST_FOLDER";

/// More points than any write has, so that a child which never gets anywhere ends the test.
const POINTS_MAX: usize = 1_000;

/// The folder that a child shall write to; nothing where the test was started by hand.
pub fn folder() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// Runs the ignored test `child` once for each point of its writes: `before` prepares a folder, `after` looks at what the
/// kill has left, with the name of the point, or nothing where the child got to its end.
pub fn at_each_point(
    child: &str,
    before: impl Fn(&Path),
    mut after: impl FnMut(Option<&str>, &Path),
) {
    for stop_at in 1..POINTS_MAX {
        let folder = tempfile::tempdir().unwrap();
        before(folder.path());
        let point = run(child, folder.path(), stop_at);
        after(point.as_deref(), folder.path());
        if point.is_none() {
            assert!(stop_at > 1, "`{child}` reached no point at all");
            return;
        }
    }
    panic!("`{child}` has more than {POINTS_MAX} points");
}

fn run(child: &str, folder: &Path, stop_at: usize) -> Option<String> {
    let mut process = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            child,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(STOP_AT, stop_at.to_string())
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let point = stopped_at(&mut process);
    if point.is_some() {
        process.kill().unwrap();
        assert!(!process.wait().unwrap().success());
    } else {
        assert!(process.wait().unwrap().success(), "`{child}` failed");
    }
    point
}

fn stopped_at(process: &mut Child) -> Option<String> {
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut tests = 0;
    for line in lines {
        let line = line.unwrap();
        if let Some(point) = line.strip_prefix(MARK) {
            return Some(point.to_owned());
        }
        tests += usize::from(line.starts_with("running 1 test"));
    }
    assert_eq!(tests, 1, "no such test");
    None
}
