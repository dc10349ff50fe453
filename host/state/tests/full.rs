//! A write that fails, as on a full disk: it does not count, and the store goes on when there is room. Apart from the other
//! tests, since a limit holds for a whole process.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use lictor_policy::Digest;
use lictor_state::{Change, HighestVersion, STORE_FILE, StateError, Store};
use rustix::process::{Resource, Rlimit, setrlimit};

const CHILD: &str = "LICTOR_STATE_FULL";

/// A change that takes room.
fn change(version: u64) -> Change {
    (0..1_000).fold(Change::new(0, "anna", "much"), |change, policy| {
        change.put(&HighestVersion {
            tenant: "bank".parse().unwrap(),
            policy: format!("p{policy}").parse().unwrap(),
            version: format!("1.0.{version}").parse().unwrap(),
            artifact: Digest::of(b"a"),
            rolled_back_to: None,
            admitted: Vec::new(),
        })
    })
}

fn limit_files(bytes: Option<u64>) {
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
}

fn versions(store: &Store) -> Vec<String> {
    let all = store.all::<HighestVersion>().unwrap();
    let mut versions: Vec<_> = all.iter().map(|it| it.version.to_string()).collect();
    versions.dedup();
    versions
}

/// Not a test by itself: what the process does that has little room.
#[test]
fn writes_where_there_is_little_room() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    let folder = Path::new(&folder);
    let store = Store::open_or_create(folder).unwrap();
    store.commit(&change(1)).unwrap();
    let bytes = std::fs::metadata(folder.join(STORE_FILE)).unwrap().len();
    limit_files(Some(bytes));
    let (mut last, mut refused) = (1, None);
    while refused.is_none() {
        assert!(last < 1_000, "it never fills");
        match store.commit(&change(last + 1)) {
            Ok(sequence) => last = sequence,
            Err(error) => refused = Some(error),
        }
    }
    let refused = refused.unwrap();
    assert!(matches!(refused, StateError::Write { .. }), "{refused}");
    store.commit(&change(last + 1)).unwrap_err();

    limit_files(None);
    assert_eq!(versions(&store), [format!("1.0.{last}")]);
    assert_eq!(store.commit(&change(last + 1)).unwrap(), last + 1);
    assert_eq!(store.check().unwrap().changes, last + 1);
    drop(store);
    let store = Store::open(folder).unwrap();
    assert_eq!(versions(&store), [format!("1.0.{}", last + 1)]);
    println!("it went on");
}

#[test]
fn a_failed_write_does_not_count_and_the_store_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    // A shell, since the signal that the kernel sends with the error would end the process.
    let child = Command::new("/bin/sh")
        .args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "writes_where_there_is_little_room",
            "--nocapture",
        ])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&child.stdout);
    let err = String::from_utf8_lossy(&child.stderr);
    assert!(
        child.status.success() && out.contains("it went on"),
        "{out}{err}"
    );
}
