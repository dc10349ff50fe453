//! What a cache keeps, for how long, for whom, and what it refuses to be.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use harness::{document, guest, patient, seed};
use lictor_engine::{
    CacheCounts, CacheSettings, Engine, EngineError, Filled, Refusal, Settings, Start,
};

use crate::folder::Folder;
use crate::{engine, load};

/// Settings with a cache in this folder.
pub fn cached(folder: &Folder) -> Settings {
    Settings {
        cache: Some(CacheSettings::new(folder.path("cache"), folder.path("key"))),
        ..harness::settings()
    }
}

/// The same without anything that compiles.
pub fn frozen(folder: &Folder) -> Settings {
    Settings {
        compiler: None,
        ..cached(folder)
    }
}

pub fn files(folder: &Folder) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path("cache")).expect("the cache is a folder");
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_was_compiled_once_is_loaded_without_a_compiler() {
    let folder = Folder::new("kept");
    let component = guest("ordinary");
    let missing = load(frozen(&folder), &component).expect_err("nobody has compiled it");
    assert_eq!(missing, Refusal::NoCompiler);

    let warm = engine(cached(&folder));
    let limits = patient();
    assert_eq!(
        warm.fill_cache(&harness::verified(&component).unwrap(), &limits),
        Ok(Filled::Compiled)
    );
    assert_eq!(
        warm.fill_cache(&harness::verified(&component).unwrap(), &limits),
        Ok(Filled::Found)
    );
    let counts = CacheCounts {
        found: 1,
        // Looked for again when its turn to be compiled had come.
        missing: 2,
        ..CacheCounts::default()
    };
    assert_eq!(warm.cache_counts(), counts);
    let [file] = files(&folder).try_into().expect("there is one file");
    assert_eq!(mode(&file), 0o400);
    assert_eq!(mode(&folder.path("cache")), 0o700);
    assert_eq!(mode(&folder.path("key")), 0o600);
    assert_eq!(fs::read(folder.path("key")).unwrap().len(), 32);

    let cold = engine(frozen(&folder));
    let loaded = harness::load_bytes(&cold, &component, &limits).expect("it is in the cache");
    let parameters = document(r#"{"limit": 300}"#);
    let prepared = cold.prepare(&loaded, &parameters, &limits, seed("bank"));
    let found = prepared.expect("it is bound").evaluate(&harness::view());
    let compiled = harness::bind("ordinary", r#"{"limit": 300}"#, &limits)
        .expect("it is bound")
        .evaluate(&harness::view());
    assert_eq!(found.outcome, compiled.outcome);
    assert_eq!(found.fuel_used, compiled.fuel_used);

    let entries = cold.cache_entries().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].component, loaded.digest());
    assert!(entries[0].is_current && !entries[0].is_snapshot);
    assert_eq!(cold.clear_cache().unwrap(), 1);
    assert_eq!(files(&folder).len(), 0);
    load(frozen(&folder), &component).expect_err("it is gone");
}

#[test]
fn what_is_refused_is_not_kept() {
    let folder = Folder::new("refused");
    for name in ["import-sockets", "no-evaluate", "needs-threads"] {
        load(cached(&folder), &guest(name)).expect_err("it is refused");
    }
    assert_eq!(files(&folder).len(), 0);
}

#[test]
fn memories_that_start_otherwise_are_other_native_code() {
    let folder = Folder::new("starts");
    let imaged = |settings: Settings| Settings {
        image_bytes: 0,
        ..settings
    };
    let component = guest("ordinary");
    load(cached(&folder), &component).unwrap();
    let refused = load(imaged(frozen(&folder)), &component).expect_err("it was compiled otherwise");
    assert_eq!(refused, Refusal::NoCompiler);
    load(imaged(cached(&folder)), &component).unwrap();
    load(imaged(frozen(&folder)), &component).unwrap();
    load(frozen(&folder), &component).unwrap();
    assert_eq!(files(&folder).len(), 2);
}

/// As `lictor cache prepare` with a new binary does it before the old one is ended: another engine is another file.
#[test]
fn a_new_program_fills_the_cache_while_the_old_one_serves() {
    let folder = Folder::new("beside");
    let other = |settings: Settings| Settings {
        image_bytes: 0,
        ..settings
    };
    let (component, limits) = (guest("ordinary"), patient());
    let old = engine(cached(&folder));
    let loaded = harness::load_bytes(&old, &component, &limits).unwrap();
    let parameters = document(r#"{"limit": 300}"#);
    let serving = old.prepare(&loaded, &parameters, &limits, seed("bank"));
    let serving = serving.expect("it is bound");
    let first = serving.evaluate(&harness::view());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let served = scope.spawn(|| {
            let mut served = 0_u64;
            while !done.load(Ordering::SeqCst) || served == 0 {
                let again = serving.evaluate(&harness::view());
                assert_eq!(again.outcome, first.outcome);
                assert_eq!(again.fuel_used, first.fuel_used);
                served += 1;
            }
            served
        });
        let new = engine(other(cached(&folder)));
        let verified = harness::verified(&component).unwrap();
        assert_eq!(new.fill_cache(&verified, &limits), Ok(Filled::Compiled));
        done.store(true, Ordering::SeqCst);
        assert!(served.join().unwrap() > 0);
    });
    // Whichever of them starts next needs no compiler.
    load(other(frozen(&folder)), &component).expect("the new one has what it needs");
    load(frozen(&folder), &component).expect("and the old one still has");
}

#[test]
fn a_snapshot_is_kept_for_its_binding_alone() {
    let folder = Folder::new("snapshots");
    let bind = |engine: &Engine, tenant: &str, limit: u32| {
        let loaded = harness::load_bytes(engine, &guest("prepared"), &patient())?;
        let parameters = document(&format!(r#"{{"limit": {limit}}}"#));
        engine.prepare(&loaded, &parameters, &patient(), seed(tenant))
    };
    let said = bind(&engine(cached(&folder)), "bank", 1).expect("it is bound");
    assert_eq!(said.start(), &Start::Snapshot);
    let said = said.evaluate(&harness::view());

    let frozen = engine(frozen(&folder));
    let again = bind(&frozen, "bank", 1).expect("everything is in the cache");
    assert_eq!(again.start(), &Start::Snapshot);
    let again = again.evaluate(&harness::view());
    assert_eq!(again.outcome, said.outcome);
    assert_eq!(again.fuel_used, said.fuel_used);
    // The same bytes for another binding, and other bytes for the same one.
    assert_eq!(
        bind(&frozen, "exchange", 1).expect_err("it is the bank's"),
        Refusal::NoCompiler
    );
    assert_eq!(
        bind(&frozen, "bank", 2).expect_err("it has another limit"),
        Refusal::NoCompiler
    );
    let snapshots = frozen.cache_entries().unwrap();
    assert_eq!(
        snapshots.iter().filter(|entry| entry.is_snapshot).count(),
        1
    );
}

#[test]
fn the_oldest_goes_when_there_is_no_room() {
    let folder = Folder::new("room");
    let component = |number: u8| {
        let mut bytes = guest("ordinary");
        bytes.extend([0, 3, 1, b'n', number]);
        bytes
    };
    load(cached(&folder), &component(0)).unwrap();
    let bytes = fs::metadata(&files(&folder)[0]).unwrap().len();
    let narrow = |mut settings: Settings| {
        if let Some(cache) = &mut settings.cache {
            // Three and a bit: the bit is the room that is made beyond what is needed.
            cache.bytes_max = bytes * 7 / 2;
        }
        settings
    };
    for number in 1..6 {
        load(narrow(cached(&folder)), &component(number)).unwrap();
        // Used again and again, so it is never the oldest.
        load(narrow(frozen(&folder)), &component(0)).expect("it was used last");
        let total: u64 = files(&folder)
            .iter()
            .map(|file| fs::metadata(file).unwrap().len())
            .sum();
        assert!(total <= bytes * 7 / 2, "{total}");
    }
    load(narrow(frozen(&folder)), &component(5)).expect("it is new");
    load(narrow(frozen(&folder)), &component(1)).expect_err("it was the oldest");
}

#[test]
fn what_has_no_room_at_all_is_loaded_and_counted() {
    let folder = Folder::new("none");
    let mut settings = cached(&folder);
    if let Some(cache) = &mut settings.cache {
        cache.bytes_max = 1;
    }
    let engine = engine(settings);
    harness::load_bytes(&engine, &guest("ordinary"), &patient()).expect("it need not be kept");
    assert_eq!(engine.cache_counts().not_kept, 1);
    assert_eq!(files(&folder).len(), 0);
}

#[test]
fn several_hosts_use_one_cache_and_one_new_key() {
    let folder = Folder::new("several");
    let component = guest("ordinary");
    thread::scope(|scope| {
        let hosts: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| load(cached(&folder), &component)))
            .collect();
        for host in hosts {
            host.join().unwrap().expect("it is loaded");
        }
    });
    assert_eq!(files(&folder).len(), 1);
    load(frozen(&folder), &component).expect("all have the same key");
}

#[test]
fn what_a_process_left_unfinished_is_removed_and_what_another_writes_is_left() {
    let folder = Folder::new("drafts");
    load(cached(&folder), &guest("ordinary")).unwrap();
    let dead = folder.path("cache/draft-dead");
    let alive = folder.path("cache/draft-alive");
    let foreign = folder.path("cache/notes.txt");
    for path in [&dead, &alive, &foreign] {
        fs::write(path, b"half of").unwrap();
    }
    let writer = File::open(&alive).unwrap();
    writer.lock().unwrap();
    let engine = engine(frozen(&folder));
    assert!(!dead.exists() && alive.exists() && foreign.exists());
    engine.clear_cache().unwrap();
    assert!(alive.exists() && foreign.exists());
}

#[test]
fn a_cache_or_key_that_others_may_enter_is_refused() {
    let folder = Folder::new("shared");
    load(cached(&folder), &guest("ordinary")).unwrap();
    let refused = |settings: &Settings| {
        let error = Engine::new(settings).expect_err("it is refused");
        assert!(matches!(error, EngineError::Cache(_)), "{error}");
        error.to_string()
    };
    for open in [0o750, 0o701, 0o777] {
        set_mode(&folder.path("cache"), open);
        assert!(refused(&frozen(&folder)).contains("mode 0700"));
    }
    set_mode(&folder.path("cache"), 0o700);
    for open in [0o640, 0o604, 0o660] {
        set_mode(&folder.path("key"), open);
        assert!(refused(&frozen(&folder)).contains("mode 0600"));
    }
    set_mode(&folder.path("key"), 0o600);
    for length in [0, 31, 33] {
        fs::write(folder.path("key"), vec![7; length]).unwrap();
        assert!(refused(&frozen(&folder)).contains("32 bytes"));
    }
    for inside in ["cache/key", "cache/deeper/key"] {
        let mut settings = frozen(&folder);
        if let Some(cache) = &mut settings.cache {
            cache.key_file = folder.path(inside);
        }
        assert!(refused(&settings).contains("outside"));
        assert!(!folder.path(inside).exists());
    }
}
