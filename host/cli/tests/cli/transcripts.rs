//! Transcripts of commands: `transcripts/*.trycmd`, run beside the files in `files` and the component.
//!
//! `TRYCMD=overwrite` renews them.

use std::fs;
use std::path::Path;

use crate::scratch;

const TRANSCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/transcripts");
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/files");

/// Runs all transcripts. The component isn't part of the source, so they run on copies beside it.
pub fn run(component: &Path) {
    let copies = scratch().join("transcripts");
    drop(fs::remove_dir_all(&copies));
    copy(Path::new(TRANSCRIPTS), &copies);
    for transcript in fs::read_dir(TRANSCRIPTS).unwrap() {
        let folder = copies
            .join(transcript.unwrap().file_name())
            .with_extension("in");
        copy(Path::new(FILES), &folder);
        fs::copy(component, folder.join(component.file_name().unwrap())).unwrap();
    }
    trycmd::TestCases::new()
        .register_bin("lictor", Path::new(env!("CARGO_BIN_EXE_lictor")))
        .case(copies.join("*.trycmd"))
        .run();
    if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
        renew(&copies);
    }
}

fn renew(copies: &Path) {
    for transcript in fs::read_dir(TRANSCRIPTS).unwrap() {
        let original = transcript.unwrap().path();
        fs::copy(copies.join(original.file_name().unwrap()), original).unwrap();
    }
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
