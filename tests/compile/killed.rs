//! A host that is killed while it fills its cache: each file is there whole, or not at all.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use harness::patient;
use lictor_engine::{CacheSettings, Filled, Refusal, Settings};

use crate::cache::{cached, frozen};
use crate::engine;
use crate::folder::Folder;

/// Names the folder in which the killed host has cache and key.
const PLACE: &str = "LICTOR_TEST_KILLED";
/// How often a host is killed.
const KILLS: u32 = 9;

/// A component whose native code takes a while to be written: data is part of it.
fn component(number: u32) -> Vec<u8> {
    static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let data = "x".repeat(4 << 20);
        let text = format!(
            "(data (i32.const 1024) \"{data}\")\n(func $evaluate (result i32) (call $fail (i32.const 1024) (i32.const 1)))\n"
        );
        harness::component("large", &text)
    });
    let mut bytes = LARGE.clone();
    bytes.extend([0, 6, 1, b'n']);
    bytes.extend(number.to_le_bytes());
    bytes
}

#[test]
fn a_killed_host_leaves_whole_files_only() {
    let folder = Folder::new("killed");
    let mut begun = 0;
    for kill in 0..KILLS {
        begun = kill_while_filling(&folder.path(""), kill).max(begun);
        let after = engine(frozen(&folder));
        for number in 0..=begun {
            let loaded = harness::load_bytes(&after, &component(number), &patient()).err();
            assert!(
                matches!(loaded, None | Some(Refusal::NoCompiler)),
                "{loaded:?}"
            );
        }
        assert_eq!(after.cache_counts().damaged, 0, "kill {kill}");
        let names = fs::read_dir(folder.path("cache")).unwrap();
        let drafts = names.filter(|name| {
            let name = name.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with("draft-")
        });
        assert_eq!(drafts.count(), 0, "kill {kill}");
    }
    let kept = engine(cached(&folder));
    assert!(begun > 0);
    assert_eq!(
        kept.fill_cache(&harness::verified(&component(0)).unwrap(), &patient()),
        Ok(Filled::Found)
    );
}

/// Lets a host fill its cache, kills it somewhere in its work, and says which component it had begun.
fn kill_while_filling(place: &Path, kill: u32) -> u32 {
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "killed::fill_until_killed",
            "--nocapture",
        ])
        .env(PLACE, place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let mut begun = lines.filter_map(|line| line.unwrap().strip_prefix("begins ")?.parse().ok());
    // What is there already is found, so the first file that appears is one that is being written; a few are let through.
    let files = || fs::read_dir(place.join("cache")).map_or(0, Iterator::count);
    let before = files();
    let more = kill as usize % 3;
    while files() <= before + more {
        assert!(host.try_wait().unwrap().is_none(), "it goes on for ever");
    }
    // Each kill comes a little later than the one before.
    for _ in 0..kill {
        files();
    }
    host.kill().unwrap();
    host.wait().unwrap();
    begun.by_ref().last().expect("it has begun")
}

#[test]
#[ignore = "run by the test that kills it"]
fn fill_until_killed() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else {
        return;
    };
    let filling = engine(Settings {
        cache: Some(CacheSettings::new(place.join("cache"), place.join("key"))),
        ..harness::settings()
    });
    for number in 0..u32::MAX {
        println!("begins {number}");
        std::io::stdout().flush().unwrap();
        filling
            .fill_cache(&harness::verified(&component(number)).unwrap(), &patient())
            .unwrap();
    }
}
