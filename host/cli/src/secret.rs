//! Private keys and passphrases as they are given: from files that nobody else can read, or from standard input.
//!
//! Must never take a secret from an argument or the environment, which other processes see, nor show one.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use lictor_artifact::{KEY_FILE_BYTES_MAX, KeyFileError, Passphrase, PrivateKey};
use zeroize::Zeroizing;

use crate::arguments::{KeyArguments, PassphraseArguments};
use crate::exit::Exit;
use crate::failure::Failure;

/// What stands for standard input.
const STDIN: &str = "-";

/// The keys that were given, in order, each once.
///
/// # Errors
/// One can't be read, or standard input is named more than once.
pub fn keys(typed: &KeyArguments) -> Result<Vec<PrivateKey>, Failure> {
    let passphrase_file = typed.passphrase.passphrase_file.as_deref();
    let sources = typed.key.iter().map(AsRef::as_ref).chain(passphrase_file);
    if sources.filter(|path| *path == Path::new(STDIN)).count() > 1 {
        let message = "standard input can hold one secret: give the others as files";
        return Err(Failure::new(Exit::Usage, message));
    }
    let passphrase = passphrase(&typed.passphrase)?;
    let mut keys: Vec<PrivateKey> = Vec::new();
    for path in &typed.key {
        let key = read(path, passphrase.as_ref())?;
        if keys.iter().all(|known| known.id() != key.id()) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// One key.
///
/// # Errors
/// It can't be read.
pub fn key(path: &Path, typed: &PassphraseArguments) -> Result<PrivateKey, Failure> {
    let keys = keys(&KeyArguments {
        key: vec![path.to_owned()],
        passphrase: typed.clone(),
    })?;
    keys.into_iter()
        .next()
        .ok_or_else(|| Failure::input("no key was given"))
}

fn read(path: &Path, passphrase: Option<&Passphrase>) -> Result<PrivateKey, Failure> {
    let (key, named) = if path == Path::new(STDIN) {
        let key = PrivateKey::read(io::stdin().lock(), passphrase);
        (key, "standard input".to_owned())
    } else {
        let key = PrivateKey::read_file(path, passphrase);
        (key, format!("`{}`", path.display()))
    };
    key.map_err(|error| match error {
        // These name the file themselves.
        KeyFileError::Io { .. } | KeyFileError::Open { .. } | KeyFileError::NotFile(_) => {
            Failure::input(error)
        }
        KeyFileError::Locked => {
            let failure = Failure::input(format!("the key in {named} can't be used: {error}"));
            failure.hint("give the passphrase with `--passphrase-file FILE`")
        }
        error => Failure::input(format!("the key in {named} can't be used: {error}")),
    })
}

/// The passphrase that was given, without the line break at its end.
///
/// # Errors
/// It can't be read, others can read it, or it is empty.
pub fn passphrase(typed: &PassphraseArguments) -> Result<Option<Passphrase>, Failure> {
    let Some(path) = &typed.passphrase_file else {
        return Ok(None);
    };
    let unreadable = |error: io::Error| {
        let path = path.display();
        Failure::input(format!("the passphrase in `{path}` can't be read: {error}"))
    };
    let text = if path == Path::new(STDIN) {
        text(io::stdin().lock())
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let found = file.metadata().map_err(unreadable)?;
        // A pipe has no one else at its end, whatever its mode.
        if found.is_file() && found.mode() & 0o077 != 0 {
            let (path, mode) = (path.display(), found.mode() & 0o777);
            let message = format!(
                "the passphrase file `{path}` has mode {mode:03o}: others than its owner can read or change it, set it to 600"
            );
            return Err(Failure::input(message));
        }
        text(file)
    };
    let text = text.map_err(unreadable)?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        let path = path.display();
        return Err(Failure::input(format!(
            "the passphrase in `{path}` is empty"
        )));
    }
    Ok(Some(Passphrase::new(line.to_owned())))
}

fn text(from: impl Read) -> io::Result<Zeroizing<String>> {
    // As much as a key at most, in one piece, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_BYTES_MAX));
    from.take(KEY_FILE_BYTES_MAX as u64)
        .read_to_string(&mut text)?;
    Ok(text)
}
