//! What is acknowledged survives `kill -9`. Apart from the other tests, since a process that is being started shares the locks
//! of the one that starts it for a moment.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use lictor_policy::Digest;
use lictor_state::{Change, HighestVersion, Store};

fn highest(policy: &str, version: &str) -> HighestVersion {
    HighestVersion {
        tenant: "bank".parse().unwrap(),
        policy: policy.parse().unwrap(),
        version: version.parse().unwrap(),
        artifact: Digest::of(version.as_bytes()),
        rolled_back_to: None,
        admitted: Vec::new(),
    }
}

const CHILD: &str = "LICTOR_STATE_CHILD";

/// Not a test by itself: what the process does that is killed below.
#[test]
fn commits_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    let store = Store::open_or_create(Path::new(&folder)).unwrap();
    let mut next = store.check().unwrap().changes;
    loop {
        next += 1;
        let version = format!("1.0.{next}");
        let change = Change::new(0, "anna", "raise both")
            .put(&highest("a", &version))
            .put(&highest("b", &version));
        assert_eq!(store.commit(&change).unwrap(), next);
        eprintln!("committed {next}");
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "commits_until_it_is_killed", "--nocapture"])
            .env(CHILD, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let acknowledged = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok())
            .nth(usize::try_from(round % 5).unwrap())
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let store = Store::open(folder.path()).unwrap();
        let changes = store.check().unwrap().changes;
        assert!(changes >= acknowledged, "{changes} of {acknowledged}");
        let versions: Vec<_> = store.all::<HighestVersion>().unwrap();
        let expected = format!("1.0.{changes}");
        assert_eq!(versions.len(), 2);
        assert!(
            versions
                .iter()
                .all(|kept| kept.version.to_string() == expected),
            "{versions:?}"
        );
    }
}
