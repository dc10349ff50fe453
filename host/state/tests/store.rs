//! What the store promises: what is acknowledged is there, what is damaged, newer or held is refused.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lictor_artifact::{Keyring, KeyringDocument};
use lictor_policy::Digest;
use lictor_state::{
    Change, FORMAT, Folder, HighestVersion, InstalledKeyring, JOURNAL_ENTRIES_MAX, KeptUptime,
    STORE_FILE, StateError, Store, TEXT_BYTES_MAX, Table, import,
};

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

fn change(what: &str) -> Change {
    Change::new(1_700_000_000_000, "anna", what)
}

fn exported(store: &Store) -> String {
    let mut text = Vec::new();
    store.export(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// A store with a keyring, two versions and four changes.
fn filled(folder: &Path) -> Store {
    let store = Store::open_or_create(folder).unwrap();
    let mut document = KeyringDocument::empty();
    document.version = 3;
    let keyring = Keyring::new(document).unwrap();
    let keyring = InstalledKeyring {
        version: 3,
        document: String::from_utf8(keyring.to_bytes()).unwrap(),
    };
    store
        .commit(&change("install the keyring").put(&keyring))
        .unwrap();
    let both = change("admit two")
        .put(&highest("a", "1.0.0"))
        .put(&highest("b", "2.0.0"));
    store
        .commit(&both.because(Some("a new quarter".to_owned())))
        .unwrap();
    store
        .commit(&change("raise").put(&highest("a", "1.1.0")))
        .unwrap();
    store.commit(&change("nothing")).unwrap();
    store
}

#[test]
fn what_is_committed_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let before = exported(&filled(folder.path()));
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(exported(&store), before);
    let key = HighestVersion::key_of(&"bank".parse().unwrap(), &"a".parse().unwrap());
    assert_eq!(store.get(&key).unwrap(), Some(highest("a", "1.1.0")));
    assert_eq!(store.all::<HighestVersion>().unwrap().len(), 2);
    let journal = store.journal(0, 100).unwrap();
    let told: Vec<_> = journal
        .iter()
        .map(|entry| (entry.sequence, entry.what.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (1, "install the keyring"),
            (2, "admit two"),
            (3, "raise"),
            (4, "nothing")
        ]
    );
    assert_eq!(journal[1].why.as_deref(), Some("a new quarter"));
    assert_eq!(journal[1].edits.len(), 2);
    let summary = store.check().unwrap();
    assert_eq!(
        summary.entries,
        [
            (Table::Keyring, 1),
            (Table::Versions, 2),
            (Table::Rollbacks, 0),
            (Table::Clock, 0),
            (Table::Tenants, 0),
            (Table::Bindings, 0),
            (Table::Documents, 0),
            (Table::Rollouts, 0),
            (Table::Tallies, 0),
            (Table::Uptime, 0),
            (Table::Suspensions, 0),
            (Table::Tokens, 0)
        ]
    );
    assert_eq!(summary.changes, 4);
}

#[test]
fn a_note_is_kept_and_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let uptime = KeptUptime { uptime_ms: 7 };
    let last = store.check().unwrap().changes;
    assert_eq!(store.commit(&Change::note(1).put(&uptime)).unwrap(), last);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.get(KeptUptime::KEY).unwrap(), Some(uptime));
    assert_eq!(store.check().unwrap().changes, last);
    assert_eq!(store.commit(&change("more")).unwrap(), last + 1);
}

#[test]
fn an_entry_that_is_taken_away_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    store
        .commit(&change("forget").remove::<InstalledKeyring>(InstalledKeyring::KEY))
        .unwrap();
    assert_eq!(
        store
            .get::<InstalledKeyring>(InstalledKeyring::KEY)
            .unwrap(),
        None
    );
    assert!(store.journal(4, 1).unwrap()[0].edits[0].removed);
}

#[test]
fn one_process_and_one_handle_at_a_time_hold_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let second = Store::open(folder.path()).unwrap_err();
    let me = std::process::id();
    assert!(
        matches!(second, StateError::Held { holder: Some(holder), .. } if holder == me),
        "{second}"
    );
    assert!(
        second.to_string().contains(&format!("process {me}")),
        "{second}"
    );
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[test]
fn a_folder_that_others_can_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o777, 0o720, 0o702] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        let refused = Store::open_or_create(folder.path()).unwrap_err();
        assert!(
            matches!(refused, StateError::OpenToOthers { mode: found, .. } if found == mode),
            "{refused}"
        );
    }
    let made = folder.path().join("deeper/still");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    Store::open_or_create(&made).unwrap();
    let mode = fs::metadata(&made).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn what_is_no_state_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Store::open(folder.path()),
        Err(StateError::Absent { .. })
    ));
    assert!(matches!(
        Store::open(&folder.path().join("none")),
        Err(StateError::Folder { .. })
    ));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(
        Folder::open(&file),
        Err(StateError::NotAFolder { .. })
    ));
}

#[test]
fn what_was_left_of_a_store_that_was_not_finished_is_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("state.redb.new"), "half a store").unwrap();
    let store = filled(folder.path());
    assert_eq!(store.check().unwrap().changes, 4);
    assert!(!folder.path().join("state.redb.new").exists());
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let database = redb::Database::open(folder.path().join(STORE_FILE)).unwrap();
    let transaction = database.begin_write().unwrap();
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    transaction
        .open_table(meta)
        .unwrap()
        .insert("format", FORMAT + 1)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(
        matches!(
            refused,
            StateError::Newer {
                found,
                known: FORMAT,
                ..
            } if found == FORMAT + 1
        ),
        "{refused}"
    );
}

#[test]
fn a_damaged_store_is_refused_and_never_read_as_another() {
    let folder = tempfile::tempdir().unwrap();
    let before = exported(&filled(folder.path()));
    let file = folder.path().join(STORE_FILE);
    let whole = fs::read(&file).unwrap();
    let step = (whole.len() / 700).max(1);
    let flipped = (0..whole.len()).step_by(step).chain(0..320).map(|place| {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        (format!("byte {place}"), damaged)
    });
    let cut = [0, 1, 100, 4096, whole.len() / 2, whole.len() - 1];
    let cut = cut.map(|length| (format!("{length} bytes"), whole[..length].to_vec()));

    // A panic that is caught says its piece on standard error; here it is expected, so nothing may be asserted meanwhile.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut refused, mut wrong) = (0, Vec::new());
    for (what, damaged) in flipped.chain(cut) {
        fs::write(&file, &damaged).unwrap();
        match Store::open(folder.path()) {
            Ok(store) => {
                let mut text = Vec::new();
                let read = store.export(&mut text);
                if read.is_err() || text != before.as_bytes() {
                    wrong.push(format!("{what}: read as another, {read:?}"));
                }
            }
            Err(StateError::Damaged { .. } | StateError::Folder { .. }) => refused += 1,
            Err(other) => wrong.push(format!("{what}: {other}")),
        }
    }
    let _ = std::panic::take_hook();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(refused > 20, "{refused}");
}

#[test]
fn texts_of_a_change_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    let refused = [
        Change::new(0, long.clone(), "w"),
        Change::new(0, "b", long.clone()),
        change("w").because(Some(long)),
        Change::new(0, "a\nb", "w"),
    ];
    for change in refused {
        assert!(
            matches!(store.commit(&change), Err(StateError::Text { .. })),
            "{change:?}"
        );
    }
    assert_eq!(store.check().unwrap().changes, 4);
}

#[test]
fn an_export_makes_the_same_state_elsewhere() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let text = exported(&filled(from.path()));
    let store = import(to.path(), &mut text.as_bytes()).unwrap();
    assert_eq!(exported(&store), text);
    let next = store.commit(&change("go on")).unwrap();
    assert_eq!(next, 5);
    drop(store);
    let again = import(to.path(), &mut text.as_bytes());
    assert!(matches!(again, Err(StateError::Present { .. })));
}

#[test]
fn an_export_that_is_not_whole_makes_nothing() {
    let from = tempfile::tempdir().unwrap();
    let text = exported(&filled(from.path()));
    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: usize| -> String {
        let kept = lines
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != gone);
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    let mut broken: Vec<String> = (0..lines.len()).map(without).collect();
    broken.extend([
        String::new(),
        text.replace("1.1.0", "9.1.0"),
        text.replace("anna", "otto"),
        text.replace("\"version\":2", "\"version\":3"),
        format!("{text}{{}}\n"),
        text.trim_end().to_owned(),
        text.replace("versions", "verses"),
        text.replace("bank/a", "bank/c"),
    ]);
    for text in broken {
        let to = tempfile::tempdir().unwrap();
        let refused = import(to.path(), &mut text.as_bytes()).unwrap_err();
        assert!(
            matches!(refused, StateError::Import { .. }),
            "{refused}\n{text}"
        );
        assert!(matches!(
            Store::open(to.path()),
            Err(StateError::Absent { .. })
        ));
    }
}

#[test]
fn the_journal_is_bounded_and_goes_on_counting() {
    let folder = tempfile::tempdir().unwrap();
    let text = exported(&filled(folder.path()));
    // As if as many changes had been made as the journal keeps: an export whose last change has that number.
    let old = format!("\"sequence\":{}", 4);
    let new = format!("\"sequence\":{}", JOURNAL_ENTRIES_MAX + 3);
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.contains("\"sequence\"") || line.contains(&old))
        .map(|line| line.replace(&old, &new))
        .collect();
    lines.pop();
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let sum = blake3::hash(body.as_bytes()).to_hex();
    let end = format!(
        "{{\"end\":{{\"lines\":{},\"blake3\":\"{sum}\"}}}}\n",
        lines.len()
    );
    let to = tempfile::tempdir().unwrap();
    let store = import(to.path(), &mut (body + &end).as_bytes()).unwrap();
    assert_eq!(
        store.commit(&change("next")).unwrap(),
        JOURNAL_ENTRIES_MAX + 4
    );
    let kept = store.journal(0, 10).unwrap();
    assert_eq!(kept.len(), 2);
    for _ in 0..4 {
        store.commit(&change("more")).unwrap();
    }
    assert_eq!(store.check().unwrap().changes, JOURNAL_ENTRIES_MAX + 8);
}
