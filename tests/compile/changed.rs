//! Files of the cache that somebody has changed: none is ever run.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{guest, patient};
use lictor_engine::{Engine, Filled, Refusal};

use crate::cache::{cached, files, frozen};
use crate::folder::Folder;
use crate::{engine, load};

/// The bytes behind the code.
const TRAILER_BYTES: usize = 106 + 8 + 32;

/// A cache with one component's native code.
struct Filed {
    folder: Folder,
    component: Vec<u8>,
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Filed {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let component = guest("ordinary");
        load(cached(&folder), &component).unwrap();
        let file = files(&folder).remove(0);
        let bytes = fs::read(&file).unwrap();
        Self {
            folder,
            component,
            file,
            bytes,
        }
    }

    /// Writes other bytes as this host would: with the mode that its files have.
    fn write(&self, bytes: &[u8]) {
        put(&self.file, bytes, 0o400);
    }

    /// Expects that the file is not run, and counted.
    fn is_refused(&self, engine: &Engine, what: &str) {
        let before = engine.cache_counts().damaged;
        let refused = harness::load_bytes(engine, &self.component, &patient());
        assert_eq!(refused.expect_err(what), Refusal::NoCompiler, "{what}");
        assert_eq!(engine.cache_counts().damaged, before + 1, "{what}");
    }
}

fn put(path: &Path, bytes: &[u8], mode: u32) {
    drop(fs::remove_file(path));
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_with_any_bit_changed_is_not_run() {
    let filed = Filed::new("bits");
    let engine = engine(frozen(&filed.folder));
    let code = filed.bytes.len() - TRAILER_BYTES;
    // The trailer byte by byte, the code in many places.
    let step = (code / 200).max(1);
    for at in (0..code).step_by(step).chain(code..filed.bytes.len()) {
        let mut changed = filed.bytes.clone();
        changed[at] ^= 1 << (at % 8);
        filed.write(&changed);
        filed.is_refused(&engine, &format!("byte {at}"));
    }
    filed.write(&filed.bytes);
    harness::load_bytes(&engine, &filed.component, &patient()).expect("it is as it was");
}

#[test]
fn a_file_of_another_length_is_not_run() {
    let filed = Filed::new("lengths");
    let engine = engine(frozen(&filed.folder));
    let bytes = &filed.bytes;
    let step = (bytes.len() / 50).max(1);
    for length in (0..bytes.len())
        .step_by(step)
        .chain(bytes.len() - TRAILER_BYTES..bytes.len())
    {
        filed.write(&bytes[..length]);
        filed.is_refused(&engine, &format!("{length} bytes"));
    }
    let code = &bytes[..bytes.len() - TRAILER_BYTES];
    let trailer = &bytes[bytes.len() - TRAILER_BYTES..];
    for longer in [
        [bytes, &[0][..]].concat(),
        [code, &[0], trailer].concat(),
        [bytes, trailer].concat(),
        trailer.to_vec(),
    ] {
        filed.write(&longer);
        filed.is_refused(&engine, &format!("{} bytes", longer.len()));
    }
}

#[test]
fn a_file_under_another_name_or_of_another_host_is_not_run() {
    let filed = Filed::new("names");
    let other = Filed {
        component: guest("endless-loop"),
        ..Filed::new("names-other")
    };
    // What stands for one component is given the name of another, within one cache.
    load(cached(&filed.folder), &other.component).unwrap();
    let others = files(&filed.folder)
        .into_iter()
        .find(|file| *file != filed.file)
        .unwrap();
    let engine_here = engine(frozen(&filed.folder));
    fs::rename(&others, &filed.file).unwrap();
    filed.is_refused(&engine_here, "another component's");

    // The same component under the key of another host.
    let ordinary = guest("ordinary");
    let foreign = &other.bytes;
    assert_eq!(foreign.len(), filed.bytes.len());
    filed.write(foreign);
    filed.is_refused(&engine_here, "another host's");
    assert_eq!(ordinary, filed.component);
}

#[test]
fn what_is_no_file_of_this_host_is_not_run() {
    let filed = Filed::new("kinds");
    let engine = engine(frozen(&filed.folder));
    // Others could have written, or may still write.
    for mode in [0o600, 0o420, 0o444, 0o500] {
        put(&filed.file, &filed.bytes, mode);
        filed.is_refused(&engine, &format!("mode {mode:o}"));
    }
    let elsewhere = filed.folder.path("elsewhere");
    put(&elsewhere, &filed.bytes, 0o400);
    fs::remove_file(&filed.file).unwrap();
    symlink(&elsewhere, &filed.file).unwrap();
    filed.is_refused(&engine, "a link");
    fs::remove_file(&filed.file).unwrap();
    let made = Command::new("mkfifo")
        .arg("-m")
        .arg("400")
        .arg(&filed.file)
        .status()
        .unwrap();
    assert!(made.success());
    filed.is_refused(&engine, "a pipe");
    fs::remove_file(&filed.file).unwrap();
    fs::create_dir(&filed.file).unwrap();
    filed.is_refused(&engine, "a folder");
}

#[test]
fn what_is_damaged_is_compiled_again() {
    let filed = Filed::new("again");
    let mut changed = filed.bytes.clone();
    changed[100] ^= 1;
    filed.write(&changed);
    let engine = engine(cached(&filed.folder));
    assert_eq!(
        engine.fill_cache(&harness::verified(&filed.component).unwrap(), &patient()),
        Ok(Filled::Compiled)
    );
    assert!(engine.cache_counts().damaged > 0);
    assert_eq!(
        engine.fill_cache(&harness::verified(&filed.component).unwrap(), &patient()),
        Ok(Filled::Found)
    );
    assert_eq!(fs::read(&filed.file).unwrap(), filed.bytes);
}

#[test]
fn what_is_mapped_stays_though_its_file_goes() {
    let filed = Filed::new("mapped");
    let engine = engine(frozen(&filed.folder));
    let loaded = harness::load_bytes(&engine, &filed.component, &patient()).unwrap();
    engine.clear_cache().unwrap();
    assert!(files(&filed.folder).is_empty());
    let parameters = harness::document(r#"{"limit": 300}"#);
    let prepared = engine.prepare(&loaded, &parameters, &patient(), harness::seed("bank"));
    let evaluation = prepared.expect("it is bound").evaluate(&harness::view());
    evaluation.outcome.expect("it decides");
}
