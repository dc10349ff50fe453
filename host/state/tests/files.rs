//! What stands beside the store: files are there before they are named, are checked when they are read, and go when nothing
//! names them. And what becomes of a store of the format before.
#![cfg(test)]

use std::fs;
use std::io;
use std::path::Path;

use lictor_policy::{Digest, Limits, TenantName, Version};
use lictor_state::{
    Change, FORMAT, FileName, HighestVersion, KeptBinding, KeptDocument, KeptFile, KeptVersion,
    KnownTenant, STORE_FILE, Shelf, StateError, Store, Table, import,
};

fn bank() -> TenantName {
    "bank".parse().unwrap()
}

fn change(what: &str) -> Change {
    Change::new(1_700_000_000_000, "anna", what)
}

fn document(name: &str, file: &KeptFile) -> KeptDocument {
    KeptDocument {
        tenant: bank(),
        name: name.parse().unwrap(),
        digest: file.name().digest(),
        bytes: file.bytes(),
        at_ms: 1,
        by: "anna".to_owned(),
        why: None,
    }
}

fn binding(file: &KeptFile) -> KeptBinding {
    let nothing = Digest::of(b"");
    KeptBinding {
        tenant: bank(),
        policy: "rule".parse().unwrap(),
        current: KeptVersion {
            version: Version::new(1, 0, 0),
            artifact: nothing,
            component: nothing,
            revision: nothing,
            file: file.name().digest(),
            parameters: r#"{"limit":12345678901234567890.5}"#.to_owned(),
            limits: Limits::default(),
            conditions: Vec::new(),
            at_ms: 1,
            by: "anna".to_owned(),
            why: Some("a new quarter".to_owned()),
        },
        last_good: None,
    }
}

/// A store with a tenant, a binding and two documents, one of some pieces of an export.
fn filled(folder: &Path) -> Store {
    let store = Store::open_or_create(folder).unwrap();
    let files = store.files();
    let artifact = files.keep(Shelf::Artifacts, b"an artifact").unwrap();
    let small = files.keep(Shelf::Documents, b"{}").unwrap();
    let large = files
        .write(Shelf::Documents, |to| {
            (0..70_000).try_for_each(|number| write!(to, "{number:08}"))
        })
        .unwrap();
    let tenant = KnownTenant {
        tenant: bank(),
        settings: serde_json::from_str(r#"{"concurrency": 7}"#).unwrap(),
    };
    let all = change("begin")
        .put(&tenant)
        .put(&binding(&artifact))
        .put(&document("small", &small))
        .put(&document("large", &large));
    store.commit(&all).unwrap();
    store
}

fn exported(store: &Store) -> String {
    let mut text = Vec::new();
    store.export(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// How many files there are of a kind, finished or not.
fn count(folder: &Path, shelf: Shelf) -> usize {
    fs::read_dir(folder.join(shelf.as_str())).unwrap().count()
}

#[test]
fn what_was_kept_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let store = Store::open(folder.path()).unwrap();
    let documents: Vec<KeptDocument> = store.all().unwrap();
    assert_eq!(documents.len(), 2);
    let read = store.files().read(documents[0].file_name()).unwrap();
    assert_eq!(read.len(), 560_000);
    assert_eq!(store.files().read(documents[1].file_name()).unwrap(), b"{}");
    let bound: Vec<KeptBinding> = store.all().unwrap();
    let file = bound[0].current.file_name();
    assert_eq!(store.files().read(file).unwrap(), b"an artifact");
    let summary = store.check().unwrap();
    assert_eq!(
        summary.files,
        [(Shelf::Artifacts, 1, 11), (Shelf::Documents, 2, 560_002)]
    );
    assert!(summary.entries.contains(&(Table::Documents, 2)));
}

#[test]
fn a_file_goes_with_the_last_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let files = store.files().clone();
    let same = files.keep(Shelf::Documents, b"{}").unwrap();
    store
        .commit(&change("again").put(&document("copy", &same)))
        .unwrap();
    drop(same);
    assert_eq!(count(folder.path(), Shelf::Documents), 2);
    let gone = |name: &str| KeptDocument::key_of(&bank(), &name.parse().unwrap());
    store
        .commit(&change("one").remove::<KeptDocument>(gone("small")))
        .unwrap();
    assert_eq!(count(folder.path(), Shelf::Documents), 2);
    store
        .commit(&change("other").remove::<KeptDocument>(gone("copy")))
        .unwrap();
    assert_eq!(count(folder.path(), Shelf::Documents), 1);
    // Replacing an entry by one with the same file keeps it.
    let artifact = files.keep(Shelf::Artifacts, b"an artifact").unwrap();
    store
        .commit(&change("same").put(&binding(&artifact)))
        .unwrap();
    drop(artifact);
    assert_eq!(count(folder.path(), Shelf::Artifacts), 1);
    assert_eq!(store.check().unwrap().changes, 5);
}

#[test]
fn what_no_change_names_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let kept = store.files().keep(Shelf::Documents, b"[]").unwrap();
    assert_eq!(count(folder.path(), Shelf::Documents), 3);
    drop(kept);
    assert_eq!(count(folder.path(), Shelf::Documents), 2);
    let refused = store.files().write(Shelf::Documents, |to| {
        to.write_all(b"half")?;
        Err(io::Error::other("the disk is full"))
    });
    let refused = refused.unwrap_err();
    assert!(
        matches!(&refused, StateError::WriteFile { shelf: Shelf::Documents, detail } if detail.contains("full")),
        "{refused}"
    );
    assert_eq!(count(folder.path(), Shelf::Documents), 2);
    // A handle that outlives the store must not touch what may be another process's by then.
    let late = store.files().keep(Shelf::Documents, b"[1]").unwrap();
    drop(store);
    drop(late);
    assert_eq!(count(folder.path(), Shelf::Documents), 3);
    // What a process left that was killed goes at the next start; what isn't ours stays.
    fs::write(folder.path().join("documents/new-3"), "half").unwrap();
    fs::write(folder.path().join("documents/README"), "mine").unwrap();
    Store::open(folder.path()).unwrap().check().unwrap();
    assert_eq!(count(folder.path(), Shelf::Documents), 3);
    assert!(folder.path().join("documents/README").exists());
}

#[test]
fn a_damaged_or_missing_file_is_told_with_who_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let small = FileName::new(Shelf::Documents, Digest::of(b"{}"));
    let path = folder.path().join(small.to_string());
    for damaged in [Some("{ }"), Some(""), None] {
        match damaged {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let read = store.files().read(small).unwrap_err();
        let checked = store.check().unwrap_err();
        let exported = store.export(&mut Vec::new()).unwrap_err();
        for error in [&read, &checked, &exported] {
            let is_it = matches!(error, StateError::File { file, .. } if *file == small);
            assert!(is_it, "{error}");
        }
        for error in [checked, exported] {
            let said = error.to_string();
            assert!(said.contains("`bank/small` in `documents`"), "{said}");
        }
    }
    // Kept again, it is whole.
    let again = store.files().keep(Shelf::Documents, b"{}").unwrap();
    assert_eq!(again.name(), small);
    store.check().unwrap();
}

#[test]
fn an_export_has_the_files_too() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let text = exported(&filled(from.path()));
    assert!(text.lines().all(|line| line.len() <= 264 * 1024));
    let store = import(to.path(), &mut text.as_bytes()).unwrap();
    assert_eq!(exported(&store), text);
    assert_eq!(store.check().unwrap().files.len(), 2);
    drop(store);
    assert_eq!(exported(&Store::open(to.path()).unwrap()), text);
}

#[test]
fn an_export_whose_files_are_not_whole_makes_nothing() {
    let from = tempfile::tempdir().unwrap();
    let text = exported(&filled(from.path()));
    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: &dyn Fn(&str) -> bool| -> String {
        let kept = lines.iter().filter(|line| !gone(line));
        let body: String = kept
            .filter(|line| !line.starts_with("{\"end\""))
            .map(|line| format!("{line}\n"))
            .collect();
        // With a last line that fits, so that nothing else is wrong.
        let sum = blake3::hash(body.as_bytes()).to_hex();
        let count = body.lines().count();
        format!("{body}{{\"end\":{{\"lines\":{count},\"blake3\":\"{sum}\"}}}}\n")
    };
    let is_file = |line: &str| line.starts_with("{\"file\"");
    let is_bytes = |line: &str| line.starts_with("{\"bytes\"");
    let last_bytes = lines.iter().rposition(|line| is_bytes(line)).unwrap();
    let cut: String = lines[..last_bytes]
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    let broken = [
        (
            without(&|line| is_file(line) || is_bytes(line)),
            "is not in it",
        ),
        (without(&is_bytes), "are others"),
        (without(&is_file), "of no file"),
        (cut, "before its last line"),
    ];
    for (text, why) in broken {
        let to = tempfile::tempdir().unwrap();
        let refused = import(to.path(), &mut text.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
        assert!(matches!(
            Store::open(to.path()),
            Err(StateError::Absent { .. })
        ));
        for shelf in Shelf::ALL {
            assert_eq!(count(to.path(), shelf), 0, "{why}");
        }
    }
    // Untouched, what was put together like this is taken.
    let to = tempfile::tempdir().unwrap();
    import(to.path(), &mut without(&|_| false).as_bytes()).unwrap();
}

/// Makes a store what version 1 of the format was.
fn as_format_1(folder: &Path) {
    let database = redb::Database::open(folder.join(STORE_FILE)).unwrap();
    let transaction = database.begin_write().unwrap();
    for table in ["tenants", "bindings", "documents"] {
        let table = redb::TableDefinition::<&str, &[u8]>::new(table);
        assert!(transaction.delete_table(table).unwrap());
    }
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    transaction
        .open_table(meta)
        .unwrap()
        .insert("format", 1)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    for shelf in Shelf::ALL {
        fs::remove_dir(folder.join(shelf.as_str())).unwrap();
    }
}

#[test]
fn a_store_of_the_format_before_is_brought_up_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(folder.path()).unwrap();
    let highest = HighestVersion {
        tenant: bank(),
        policy: "rule".parse().unwrap(),
        version: Version::new(1, 0, 0),
        artifact: Digest::of(b"it"),
        rolled_back_to: None,
        admitted: Vec::new(),
    };
    store.commit(&change("admit it").put(&highest)).unwrap();
    drop(store);
    as_format_1(folder.path());

    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.all::<HighestVersion>().unwrap(), [highest]);
    assert_eq!(store.all::<KeptBinding>().unwrap(), []);
    assert_eq!(store.journal(0, 10).unwrap().len(), 1);
    assert_eq!(store.check().unwrap().format, FORMAT);
    drop(store);
    drop(filled(folder.path()));
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.check().unwrap().changes, 2);
}

#[test]
fn an_export_of_the_format_before_is_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let head = "{\"format\":\"lictor state\",\"version\":1}\n";
    let sum = blake3::hash(head.as_bytes()).to_hex();
    let text = format!("{head}{{\"end\":{{\"lines\":1,\"blake3\":\"{sum}\"}}}}\n");
    let store = import(folder.path(), &mut text.as_bytes()).unwrap();
    assert_eq!(store.check().unwrap().format, FORMAT);
}
