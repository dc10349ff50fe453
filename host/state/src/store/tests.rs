//! A process that is killed at each point of a change leaves the state before or after it, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use lictor_artifact::{Keyring, KeyringDocument, PrivateKey, SignedKeyring, TrustedKey, UnixMs};

use super::{STORE_FILE, Store, backend};
use crate::{Change, HighestVersion, Now, StateError, Trust};

/// A process that is being started shares the locks of the one that starts it for a moment, so one test at a time starts some.
static ALONE: Mutex<()> = Mutex::new(());

const NOW: Now = Now {
    wall: UnixMs(1_700_000_000_000),
    monotonic: Duration::ZERO,
};

fn operator() -> PrivateKey {
    PrivateKey::from_seed(&[7; 32])
}

fn keyring(version: u64) -> Keyring {
    let mut document = KeyringDocument::empty();
    document.version = version;
    let trusted = TrustedKey::operator(format!("olga {version}"));
    document.keys.insert(operator().public(), trusted);
    Keyring::new(document).unwrap()
}

fn found(folder: &Path) -> Trust {
    let mut trust = Trust::open(Store::open_or_create(folder).unwrap(), NOW).unwrap();
    trust.found(keyring(1), NOW, "olga").unwrap();
    trust
}

fn update(trust: &mut Trust) {
    let next = SignedKeyring::new(keyring(2), &operator()).unwrap();
    trust.update(&next, None, NOW, "olga", None).unwrap();
}

/// The version of the keyring in a folder, after everything in it was checked: the entries belong to the journal.
fn version(folder: &Path) -> u64 {
    let store = Store::open(folder).unwrap();
    let changes = store.check().unwrap().changes;
    let trust = Trust::open(store, NOW).unwrap();
    let version = trust.keyring().unwrap().version();
    assert_eq!(changes, version, "one change for each version");
    version
}

#[test]
#[ignore = "started by the test below, and killed"]
fn child_that_updates() {
    if let Some(folder) = lictor_kill::folder() {
        update(&mut Trust::open(Store::open(&folder).unwrap(), NOW).unwrap());
    }
}

#[test]
fn an_update_of_the_keyring_that_is_killed_leaves_the_old_or_the_new() {
    let _alone = ALONE.lock();
    let mut points = BTreeSet::new();
    let (mut old, mut new) = (0, 0);
    lictor_kill::at_each_point(
        "store::tests::child_that_updates",
        |folder| drop(found(folder)),
        |point, folder| {
            let version = version(folder);
            match (point, version) {
                (Some("store begun" | "store put" | "store journalled"), found) => {
                    assert_eq!(found, 1, "{point:?}");
                }
                (Some("store committed") | None, found) => assert_eq!(found, 2, "{point:?}"),
                (Some(_), found) => assert!(found == 1 || found == 2, "{point:?}: {found}"),
            }
            match version {
                1 => old += 1,
                _ => new += 1,
            }
            points.extend(point.map(str::to_owned));
            // It goes on from there.
            if version == 1 {
                update(&mut Trust::open(Store::open(folder).unwrap(), NOW).unwrap());
            }
        },
    );
    let expected = [
        "file half written",
        "file synced",
        "file written",
        "store begun",
        "store committed",
        "store journalled",
        "store put",
    ];
    for point in expected {
        assert!(points.contains(point), "{point} in {points:?}");
    }
    assert!(old > 4 && new > 1, "{old} {new}");
}

#[test]
#[ignore = "started by the test below, and killed"]
fn child_that_makes() {
    if let Some(folder) = lictor_kill::folder() {
        Store::open_or_create(&folder).unwrap();
    }
}

#[test]
fn a_store_that_is_being_made_is_there_as_a_whole_or_not_at_all() {
    let _alone = ALONE.lock();
    let mut absent = 0;
    lictor_kill::at_each_point(
        "store::tests::child_that_makes",
        |_| (),
        |point, folder| {
            match Store::open(folder) {
                Ok(store) => assert_eq!(store.check().unwrap().changes, 0, "{point:?}"),
                Err(StateError::Absent { .. }) => absent += 1,
                Err(other) => panic!("{point:?}: {other}"),
            }
            drop(found(folder));
            assert_eq!(version(folder), 1, "{point:?}");
        },
    );
    assert!(absent > 4, "{absent}");
}

#[test]
#[ignore = "started by the test below, and killed"]
fn child_that_imports() {
    if let Some(folder) = lictor_kill::folder() {
        let text = fs::read(folder.join("export")).unwrap();
        crate::import(&folder.join("to"), &mut text.as_slice()).unwrap();
    }
}

#[test]
fn an_import_that_is_killed_is_there_as_a_whole_or_not_at_all() {
    let _alone = ALONE.lock();
    let from = tempfile::tempdir().unwrap();
    let trust = found(from.path());
    let mut text = Vec::new();
    trust.store().unwrap().export(&mut text).unwrap();
    lictor_kill::at_each_point(
        "store::tests::child_that_imports",
        |folder| fs::write(folder.join("export"), &text).unwrap(),
        |point, folder| {
            let to = folder.join("to");
            if to.join(STORE_FILE).exists() {
                assert_eq!(version(&to), 1, "{point:?}");
            } else {
                assert!(point.is_some());
                drop(crate::import(&to, &mut text.as_slice()).unwrap());
                assert_eq!(version(&to), 1, "{point:?}");
            }
        },
    );
}

#[test]
fn what_was_said_to_have_failed_and_is_on_the_disk_is_given_to_nobody() {
    let change = |what: &str| Change::new(0, "olga", what);
    let (mut unsure, mut undone) = (0, 0);
    for syncs in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(folder.path()).unwrap();
        store.commit(&change("first")).unwrap();
        backend::fail_syncs_after(Some(syncs));
        let failed = store.commit(&change("second"));
        backend::fail_syncs_after(None);
        match failed {
            Ok(_) => break,
            Err(failed) => assert!(matches!(failed, StateError::Write { .. }), "{failed}"),
        }
        match store.commit(&change("third")) {
            // Nothing of it was made, as was said.
            Ok(sequence) => {
                assert_eq!(sequence, 2);
                undone += 1;
            }
            Err(error) => {
                let is_unsure = |error: &StateError| matches!(error, StateError::Unsure { .. });
                assert!(is_unsure(&error), "{error}");
                // It isn't read either, and stays so until somebody opens the folder anew.
                assert!(is_unsure(&store.all::<HighestVersion>().unwrap_err()));
                assert!(is_unsure(&store.commit(&change("third")).unwrap_err()));
                unsure += 1;
            }
        }
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.check().unwrap().changes, 2);
        assert_eq!(store.commit(&change("fourth")).unwrap(), 3);
    }
    assert!(unsure > 0, "{undone} were not on the disk");
}
