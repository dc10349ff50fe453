//! A host that is killed at each point of a write leaves what was there, whole, and the new file whole or not at all.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use lictor_policy::Digest;

use super::Draft;
use crate::cache::entry::{self, Found, Kind, Meaning};
use crate::cache::folder::{DRAFT, Folder};
use crate::cache::key::HostKey;
use crate::configuration::MemoryStart;
use crate::fingerprint::Fingerprint;

/// A folder with a cache and a key beside it.
struct Place {
    folder: Folder,
    key: HostKey,
}

impl Place {
    fn open(place: &Path) -> Self {
        let cache = place.join("cache");
        Self {
            folder: Folder::open(&cache, 1 << 20).expect("the folder can be used"),
            key: HostKey::open(&place.join("key"), &cache).expect("the key can be used"),
        }
    }

    fn write(&self, component: &[u8], code: &[u8]) {
        let draft = Draft::write(&self.folder, &self.key, &meaning(component), code);
        let draft = draft.expect("there is room");
        draft.publish().expect("there is room");
    }

    /// The code that is found for a component.
    fn found(&self, component: &[u8]) -> Option<Vec<u8>> {
        let meaning = meaning(component);
        match entry::open(&self.folder, &meaning.file_name(), &meaning, &self.key) {
            Found::Authentic(file) => {
                let bytes = fs::read(file.path()).expect("it is open");
                let trailer = entry::trailer(&self.key, &meaning, &[]).expect("it is no code");
                Some(bytes[..bytes.len() - trailer.len()].to_vec())
            }
            Found::Nothing => None,
            Found::Damaged => panic!("a file is damaged"),
        }
    }
}

fn meaning(component: &[u8]) -> Meaning {
    Meaning {
        engine: Fingerprint::from([7; 32]),
        start: MemoryStart::Copied,
        kind: Kind::Given,
        component: Digest::of(component),
    }
}

#[test]
#[ignore = "started by the test below, and killed"]
fn child_that_writes() {
    if let Some(place) = lictor_kill::folder() {
        let place = Place::open(&place);
        place.write(b"new", b"the code of the new one");
        place.write(b"old", b"other code of the old one");
    }
}

#[test]
fn a_write_that_is_killed_leaves_whole_files() {
    let (old, other) = (
        &b"the code of the old one"[..],
        &b"other code of the old one"[..],
    );
    let mut seen = Vec::new();
    lictor_kill::at_each_point(
        "cache::draft::tests::child_that_writes",
        |folder| {
            let made = fs::DirBuilder::new()
                .mode(0o700)
                .create(folder.join("cache"));
            made.expect("the folder is new");
            Place::open(folder).write(b"old", old);
        },
        |point, folder| {
            let place = Place::open(folder);
            let (new, kept) = (place.found(b"new"), place.found(b"old"));
            assert!(
                new.is_none() || new.as_deref() == Some(b"the code of the new one"),
                "{point:?}"
            );
            let kept = kept.expect("what was there stays");
            assert!(kept == old || kept == other, "{point:?}");
            assert!(point.is_some() || kept == other);
            let names = fs::read_dir(folder.join("cache")).expect("it is there");
            let mut names = names.map(|name| name.expect("it is there").file_name());
            let is_draft = |name: &std::ffi::OsString| name.to_string_lossy().starts_with(DRAFT);
            assert!(!names.any(|name| is_draft(&name)), "{point:?}");
            seen.push((point.map(str::to_owned), new.is_some(), kept == other));
        },
    );
    // Six points for each of the two, of which the last is behind the change; then the child's own end.
    let states: Vec<_> = seen.iter().map(|(_, new, other)| (*new, *other)).collect();
    let expected = [
        [(false, false); 5].as_slice(),
        &[(true, false); 6],
        &[(true, true); 2],
    ];
    assert_eq!(states, expected.concat(), "{seen:?}");
}
