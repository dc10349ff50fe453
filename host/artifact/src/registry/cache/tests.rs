use std::fs;
use std::sync::Mutex;

use lictor_policy::PolicyName;
use semver::Version;
use tempfile::{TempDir, tempdir};

use super::*;
use crate::registry::image::Image;
use crate::registry::{Existing, Repository, Work};

fn image(bytes: &[u8]) -> Pulled {
    let image = Image::of(bytes.to_vec(), &RegistryLimits::default()).unwrap();
    Pulled {
        digest: image.digest,
        manifest: image.manifest,
        bytes: bytes.to_vec(),
    }
}

fn cache(folder: &TempDir, bytes_max: u64) -> Cache {
    let limits = CacheLimits {
        bytes_max,
        ..CacheLimits::default()
    };
    Cache::new(folder.path(), limits)
}

/// How large the file of a small image is: some 400 bytes.
fn entry_bytes() -> u64 {
    entry::compose(&image(b"a")).len() as u64
}

fn entry(folder: &TempDir, image: &Pulled) -> PathBuf {
    folder.path().join(image.digest.hex())
}

fn reference(version: &str) -> Reference {
    repository().version(version.parse().unwrap())
}

fn repository() -> Repository {
    "oci://registry.example/spend-limit".parse().unwrap()
}

#[test]
fn what_was_kept_is_there() {
    let folder = tempdir().unwrap();
    let cache = cache(&folder, 10_000);
    assert_eq!(cache.get(image(b"a").digest).unwrap(), None);
    cache.put(&image(b"a")).unwrap();
    cache.put(&image(b"b")).unwrap();
    assert_eq!(cache.get(image(b"a").digest).unwrap(), Some(image(b"a")));
    assert_eq!(cache.get(image(b"b").digest).unwrap(), Some(image(b"b")));
    assert_eq!(cache.get(image(b"c").digest).unwrap(), None);
    let nowhere = Cache::new(&folder.path().join("none"), CacheLimits::default());
    assert_eq!(nowhere.get(image(b"a").digest).unwrap(), None);
    assert_eq!(nowhere.last_seen(&reference("1.0.0")).unwrap(), None);
}

#[test]
fn the_oldest_goes_first() {
    let folder = tempdir().unwrap();
    let cache = cache(&folder, 3 * entry_bytes());
    let there = |names: &[u8]| -> Vec<bool> {
        let is_there = |name: &u8| cache.get(image(&[*name]).digest).unwrap().is_some();
        names.iter().map(is_there).collect()
    };
    // In an order that is that of neither names nor digests.
    for name in b"cab" {
        cache.put(&image(&[*name])).unwrap();
    }
    assert_eq!(there(b"cab"), [true, true, true]);
    cache.put(&image(b"d")).unwrap();
    assert_eq!(there(b"cabd"), [false, true, true, true]);
    cache.put(&image(b"e")).unwrap();
    assert_eq!(there(b"cabde"), [false, false, true, true, true]);
    // Kept once more, it keeps its place.
    cache.put(&image(b"b")).unwrap();
    cache.put(&image(b"f")).unwrap();
    assert_eq!(there(b"bdef"), [false, true, true, true]);
    // A large one drives out several, and one that is too large nothing.
    cache.put(&image(&[0; 300])).unwrap();
    assert_eq!(there(b"def"), [false, false, true]);
    cache.put(&image(&[1; 5_000])).unwrap();
    assert_eq!(there(b"def"), [false, false, true]);
    assert_eq!(cache.get(image(&[1; 5_000]).digest).unwrap(), None);
}

#[test]
fn images_and_versions_are_bounded_in_number() {
    let folder = tempdir().unwrap();
    let limits = CacheLimits {
        images_max: 2,
        seen_max: 2,
        ..CacheLimits::default()
    };
    let cache = Cache::new(folder.path(), limits);
    for (name, version) in [(b"a", "1.0.0"), (b"b", "2.0.0"), (b"c", "3.0.0")] {
        cache.put(&image(name)).unwrap();
        cache.saw(&reference(version), image(name).digest).unwrap();
    }
    assert_eq!(cache.get(image(b"a").digest).unwrap(), None);
    assert!(cache.get(image(b"b").digest).unwrap().is_some());
    assert_eq!(cache.last_seen(&reference("1.0.0")).unwrap(), None);
    assert_eq!(
        cache.last_seen(&reference("2.0.0")).unwrap(),
        Some(image(b"b").digest)
    );
    // A version that names another image now is remembered anew.
    cache.saw(&reference("2.0.0"), image(b"c").digest).unwrap();
    cache.saw(&reference("4.0.0"), image(b"c").digest).unwrap();
    assert_eq!(
        cache.last_seen(&reference("2.0.0")).unwrap(),
        Some(image(b"c").digest)
    );
    assert_eq!(cache.last_seen(&reference("3.0.0")).unwrap(), None);
}

#[test]
fn a_damaged_entry_is_refused() {
    let good = entry::compose(&image(b"policy"));
    let folder = tempdir().unwrap();
    let cache = cache(&folder, 10_000);
    let digest = image(b"policy").digest;
    let read = |file: &[u8]| {
        fs::write(entry(&folder, &image(b"policy")), file).unwrap();
        cache.get(digest)
    };
    assert!(read(&good).unwrap().is_some());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let error = read(&bad).expect_err("a flipped bit");
        assert!(
            matches!(error, RegistryError::Damaged { .. }),
            "{at}: {error}"
        );
        assert!(read(&good[..at]).is_err(), "cut at {at}");
    }
    assert!(read(&[&good[..], b"!"].concat()).is_err());
    assert!(read(&entry::compose(&image(b"other"))).is_err());
    // Keeping it again puts it right.
    cache.put(&image(b"policy")).unwrap();
    assert_eq!(cache.get(digest).unwrap(), Some(image(b"policy")));
}

#[test]
fn a_lost_or_damaged_list_costs_nothing_but_the_order() {
    let folder = tempdir().unwrap();
    let cache = cache(&folder, 3 * entry_bytes());
    for damage in [&b"{"[..], b"", b"{\"images\":[\"sha256:..\"],\"seen\":[]}"] {
        cache.put(&image(b"a")).unwrap();
        cache.put(&image(b"b")).unwrap();
        fs::write(folder.path().join(LIST_FILE), damage).unwrap();
        assert!(cache.get(image(b"a").digest).unwrap().is_some());
        cache.put(&image(b"c")).unwrap();
        let kept = fs::read_dir(folder.path())
            .unwrap()
            .filter(|file| file.as_ref().unwrap().file_name().len() == 64);
        assert_eq!(kept.count(), 3);
    }
}

#[test]
#[ignore = "started by the test below, and killed"]
fn child_that_keeps() {
    if let Some(folder) = lictor_kill::folder() {
        let limits = CacheLimits {
            bytes_max: 2 * entry_bytes(),
            ..CacheLimits::default()
        };
        Cache::new(&folder, limits).put(&image(b"c")).unwrap();
    }
}

#[test]
fn a_write_that_is_killed_leaves_the_old_or_the_new() {
    let open = |folder: &Path| {
        let limits = CacheLimits {
            bytes_max: 2 * entry_bytes(),
            ..CacheLimits::default()
        };
        Cache::new(folder, limits)
    };
    let before = |folder: &Path| {
        open(folder).put(&image(b"a")).unwrap();
        open(folder).put(&image(b"b")).unwrap();
    };
    let mut points = 0;
    lictor_kill::at_each_point(
        "registry::cache::tests::child_that_keeps",
        before,
        |point, folder| {
            points += usize::from(point.is_some());
            let cache = open(folder);
            // Whole or not there, at every point, and never more than there may be.
            assert!(cache.get(image(b"a").digest).is_ok(), "{point:?}");
            assert!(
                cache.get(image(b"b").digest).unwrap().is_some(),
                "{point:?}"
            );
            assert!(cache.get(image(b"c").digest).is_ok(), "{point:?}");
            cache.put(&image(b"c")).unwrap();
            cache.put(&image(b"d")).unwrap();
            assert!(
                cache.get(image(b"c").digest).unwrap().is_some(),
                "{point:?}"
            );
            assert!(
                cache.get(image(b"d").digest).unwrap().is_some(),
                "{point:?}"
            );
            let sizes = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
            let kept = sizes.filter(|file| file.file_name().len() == 64);
            let bytes: u64 = kept.map(|file| file.metadata().unwrap().len()).sum();
            assert!(bytes <= 2 * entry_bytes(), "{point:?}: {bytes}");
        },
    );
    // The entry and the list.
    assert_eq!(points, 8);
}

/// A registry that can be switched off, and counts how often it is asked.
struct Switched {
    up: bool,
    versions: Vec<(&'static str, Pulled)>,
    pulls: Mutex<usize>,
}

impl Switched {
    fn answer<T: Send + 'static>(&self, found: Option<T>) -> Work<'static, T> {
        let answer = match (self.up, found) {
            (false, _) => Err(RegistryError::Unreachable {
                registry: "registry.example".to_owned(),
                reason: "off".to_owned(),
            }),
            (true, None) => Err(RegistryError::NotFound("x".to_owned())),
            (true, Some(found)) => Ok(found),
        };
        Box::pin(async { answer })
    }
}

impl Registry for Switched {
    fn push<'a>(
        &'a self,
        _name: &'a PolicyName,
        _version: &'a Version,
        _bytes: Vec<u8>,
        _existing: Existing,
    ) -> Work<'a, Sha256Digest> {
        self.answer(None)
    }

    fn pull<'a>(&'a self, _name: &'a PolicyName, pick: &'a Pick) -> Work<'a, Pulled> {
        *self.pulls.lock().unwrap() += 1;
        let found = self.versions.iter().find(|(version, image)| match pick {
            Pick::Version(wanted) => wanted.to_string() == *version,
            Pick::Digest(digest) => image.digest == *digest,
        });
        self.answer(found.map(|(_, image)| image.clone()))
    }

    fn resolve<'a>(&'a self, _name: &'a PolicyName, wanted: &'a Version) -> Work<'a, Sha256Digest> {
        let found = self
            .versions
            .iter()
            .find(|(version, _)| wanted.to_string() == *version);
        self.answer(found.map(|(_, image)| image.digest))
    }

    fn versions<'a>(&'a self, _name: &'a PolicyName) -> Work<'a, Vec<Version>> {
        self.answer(None)
    }
}

#[tokio::test]
async fn what_was_pulled_once_is_there_offline() {
    let folder = tempdir().unwrap();
    let cache = cache(&folder, 10_000);
    let (first, second) = (image(b"first"), image(b"second"));
    let mut registry = Switched {
        up: true,
        versions: vec![("1.0.0", first.clone()), ("2.0.0", second.clone())],
        pulls: Mutex::new(0),
    };
    let by_digest = repository().digest(first.digest);

    let pulled = cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap();
    assert_eq!((pulled.source, pulled.not_kept), (Source::Registry, None));
    let again = cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap();
    assert_eq!((again.source, again.pulled), (Source::Cache, first.clone()));
    assert_eq!(*registry.pulls.lock().unwrap(), 1);

    registry.up = false;
    // A digest can't change its meaning: the registry isn't asked.
    let offline = cache
        .pull(&registry, &by_digest, Offline::Refuse)
        .await
        .unwrap();
    assert_eq!(
        (offline.source, offline.pulled),
        (Source::Cache, first.clone())
    );
    assert_eq!(*registry.pulls.lock().unwrap(), 1);
    // A version can, so this is only for those who ask for it, and is said.
    let error = cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap_err();
    assert!(error.is_unreachable());
    let seen = cache
        .pull(&registry, &reference("1.0.0"), Offline::LastSeen)
        .await
        .unwrap();
    assert_eq!(seen.pulled, first);
    assert!(
        matches!(seen.source, Source::LastSeen { reason } if reason.contains("can't be reached"))
    );
    // What was never pulled isn't there.
    let error = cache
        .pull(&registry, &reference("2.0.0"), Offline::LastSeen)
        .await
        .unwrap_err();
    assert!(error.is_unreachable());

    // A registry that says no is believed, offline allowed or not.
    registry.up = true;
    registry.versions.remove(0);
    let error = cache
        .pull(&registry, &reference("1.0.0"), Offline::LastSeen)
        .await
        .unwrap_err();
    assert!(matches!(error, RegistryError::NotFound(_)));
}

#[tokio::test]
async fn a_damaged_entry_is_fetched_again() {
    let folder = tempdir().unwrap();
    let cache = cache(&folder, 10_000);
    let first = image(b"first");
    let registry = Switched {
        up: true,
        versions: vec![("1.0.0", first.clone())],
        pulls: Mutex::new(0),
    };
    cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap();
    fs::write(entry(&folder, &first), b"damaged").unwrap();
    let pulled = cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap();
    assert_eq!(
        (pulled.source, pulled.pulled),
        (Source::Registry, first.clone())
    );
    let again = cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap();
    assert_eq!(
        (again.source, *registry.pulls.lock().unwrap()),
        (Source::Cache, 2)
    );
}

#[tokio::test]
async fn a_cache_that_cant_be_written_is_said_but_stops_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, b"no folder").unwrap();
    let cache = Cache::new(&path, CacheLimits::default());
    let registry = Switched {
        up: true,
        versions: vec![("1.0.0", image(b"first"))],
        pulls: Mutex::new(0),
    };
    let pulled = cache
        .pull(&registry, &reference("1.0.0"), Offline::Refuse)
        .await
        .unwrap();
    assert_eq!(pulled.source, Source::Registry);
    assert!(pulled.not_kept.unwrap().contains("can't be used"));
}
