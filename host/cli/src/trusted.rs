//! Whom to believe: the state folder of a host, or a keyring file.
//!
//! Must never decide anything about trust by itself: the keyring does.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use lictor::{
    Clock, Keyring, Refused, RollbackClaim, SignedKeyring, SignedRollback, StateError, Store,
    SystemClock, TrustError, UnixMs,
};
use lictor_artifact::Standing;
use lictor_state::{Now, Trust};

use crate::arguments::{HostFolderArguments, ReasonArguments, TrustedArguments};
use crate::exit::Exit;
use crate::failure::Failure;

/// The time now.
pub fn now() -> Now {
    let clock = SystemClock::new();
    Now {
        wall: UnixMs(clock.unix_ms()),
        monotonic: clock.monotonic(),
    }
}

/// Whom a host trusts whose state is there.
///
/// # Errors
/// The state can't be opened: it is held, damaged, or not there.
pub fn open(state: &Path) -> Result<Trust, Failure> {
    Ok(Trust::open(Store::open(state)?, now())?)
}

/// The same for a host that may have no state yet.
///
/// # Errors
/// As for [`open`].
pub fn open_or_create(state: &Path) -> Result<Trust, Failure> {
    Ok(Trust::open(Store::open_or_create(state)?, now())?)
}

/// The state folder in which a first keyring is put: whoever does that has the host's own rights.
///
/// # Errors
/// A server is named instead.
pub fn founded(typed: &HostFolderArguments) -> Result<&Path, Failure> {
    typed.state.as_deref().ok_or_else(|| {
        let failure = Failure::new(Exit::Usage, "a first keyring is put into a state folder");
        failure.hint("name the folder with `--state`, on the server's own machine")
    })
}

/// Whom was said to be believed.
///
/// # Errors
/// The state or the file can't be read.
pub fn read(typed: &TrustedArguments) -> Result<Trust, Failure> {
    match (&typed.state, &typed.keyring) {
        (Some(state), _) => open(state).map_err(|failure| match failure.exit() {
            Exit::HostFault => failure.or_hint("a keyring file can be given with `--keyring`"),
            _ => failure,
        }),
        (None, Some(file)) => Ok(Trust::in_memory(keyring(file)?, now())),
        (None, None) => Err(Failure::new(Exit::Usage, "nobody is named to be believed")),
    }
}

/// A keyring in a file, which the person who names it vouches for: bare, or as a signed change.
///
/// # Errors
/// It can't be read or is none.
pub fn keyring(file: &Path) -> Result<Keyring, Failure> {
    match read_signed(file)? {
        Signed::Keyring(signed) => Ok(signed.unchecked().clone()),
        Signed::Bare(keyring) => Ok(keyring),
        Signed::Rollback(_) => {
            let message = format!("`{}` is a rollback, and no keyring", file.display());
            Err(Failure::input(message))
        }
    }
}

/// What operators sign and send each other.
pub enum Signed {
    /// A change of who is trusted: the keyring as it would be.
    Keyring(Box<SignedKeyring>),
    /// A rollback.
    Rollback(Box<SignedRollback>),
    /// A keyring without signatures.
    Bare(Keyring),
}

/// Reads what operators sign. Nothing of it is checked but its form.
///
/// # Errors
/// It can't be read or is none of them.
pub fn read_signed(file: &Path) -> Result<Signed, Failure> {
    let shown = file.display();
    let text = fs::read(file)
        .map_err(|error| Failure::input(format!("`{shown}` can't be read: {error}")))?;
    // Editors and shells end files with a line break, which no signature is about.
    let text = text.trim_ascii_end();
    if let Ok(keyring) = Keyring::parse(text) {
        return Ok(Signed::Bare(keyring));
    }
    if let Ok(rollback) = SignedRollback::parse(text) {
        return Ok(Signed::Rollback(Box::new(rollback)));
    }
    let signed = SignedKeyring::parse(text);
    let signed = signed.map_err(|error| {
        Failure::input(format!(
            "`{shown}` is neither a keyring nor a rollback: {error}"
        ))
    })?;
    Ok(Signed::Keyring(Box::new(signed)))
}

/// A rollback in a file.
///
/// # Errors
/// It can't be read or is none.
pub fn rollback(file: &Path) -> Result<SignedRollback, Failure> {
    match read_signed(file)? {
        Signed::Rollback(rollback) => Ok(*rollback),
        _ => {
            let message = format!("`{}` is a keyring, and no rollback", file.display());
            Err(Failure::input(message))
        }
    }
}

/// What a rollback allows, in words.
pub fn allowed(claim: &RollbackClaim) -> String {
    match claim {
        RollbackClaim::Policy {
            tenant,
            policy,
            from,
            to,
            not_after_unix_ms,
        } => format!(
            "`{tenant}` may go back from {policy} {from} to {to} until {not_after_unix_ms}, once"
        ),
        RollbackClaim::Keyring {
            from,
            to,
            not_after_unix_ms,
            ..
        } => format!("keyring version {from} may give way to {to} until {not_after_unix_ms}, once"),
    }
}

/// Who makes a change: who they say they are, else the user's name or number.
pub fn by(typed: &ReasonArguments) -> String {
    let named = || {
        let name = |variable| std::env::var(variable).ok().filter(|it| !it.is_empty());
        name("USER").or_else(|| name("LOGNAME"))
    };
    let number = || {
        let uid = fs::metadata("/proc/self").map(|process| process.uid());
        uid.map_or_else(|_| "unknown".to_owned(), |uid| format!("uid {uid}"))
    };
    typed.by.clone().or_else(named).unwrap_or_else(number)
}

/// What each signature counted for, a line each.
pub fn standings(signatures: &[(lictor::KeyId, Standing)]) -> String {
    let line = |(key, standing): &(lictor::KeyId, Standing)| format!("\n  {key}: {standing}");
    signatures.iter().map(line).collect()
}

// --- Errors

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let exit = match &error {
            StateError::Folder { source, .. } if source.kind() == ErrorKind::NotFound => {
                Exit::Input
            }
            StateError::Held { .. }
            | StateError::Folder { .. }
            | StateError::Write { .. }
            | StateError::Unsure { .. }
            | StateError::WriteFile { .. }
            | StateError::Transfer(_) => Exit::HostFault,
            _ => Exit::Input,
        };
        Self::with_hint_line(exit, &error.to_string())
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::State(error) => error.into(),
            error @ TrustError::Keyring(_) => Self::with_hint_line(Exit::Input, &error.to_string()),
            error => Refused::from(error).into(),
        }
    }
}
